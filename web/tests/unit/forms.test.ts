// The browser judges answers as the server does: tests/vectors/forms and tests/vectors/regex.json, also run by forms_test.
import { describe, expect, test } from "vitest";
import { type Answers, type Definition, type Facts, sentence, textIn } from "../../src/core/forms/model";
import { validate } from "../../src/core/forms/validate";
import catalogue from "../../../data/messages/forms.json";
import patterns from "../../../tests/vectors/regex.json";

type UnitRow = [code: string, level: string, from: string, to: string | null];
interface Case {
    name: string;
    values: Answers;
    errors: [path: string, reason: string, params: Record<string, string>][];
    answers?: Answers;
    completeness?: "draft";
}
interface File {
    definition: Definition;
    facts: { today: string; units?: UnitRow[] };
    cases: Case[];
}
const files = import.meta.glob<File>("../../../tests/vectors/forms/*.json", { eager: true, import: "default" });

function factsOf({ today, units }: File["facts"]): Facts {
    if (!units) return { today };
    const isUnit: Facts["isUnit"] = (code, level, day) =>
        units.some(([c, l, from, to]) => c === code && l === level && (day === null || (from <= day && (to === null || day <= to))));
    return { today, isUnit };
}

describe.each(Object.entries(files))("%s", (_, file) => {
    const facts = factsOf(file.facts);
    test.each(file.cases)("$name", ({ values, errors, answers, completeness }) => {
        const judged = validate(file.definition, values, facts, completeness);
        expect(judged.errors.map(({ path, reason, params }) => [path, reason, params])).toEqual(errors);
        if (answers) expect(judged.answers).toEqual(answers);
        if (errors.length === 0) expect(validate(file.definition, judged.answers, facts, completeness).answers).toEqual(judged.answers);
    });
});

describe("patterns", () => {
    const cases: { pattern: string; matches?: string[]; misses?: string[] }[] = patterns;
    test.each(cases.filter((c) => c.matches))("$pattern", ({ pattern, matches, misses }) => {
        const regex = new RegExp(pattern, "u");
        expect(matches!.filter((sample) => !regex.test(sample))).toEqual([]);
        expect(misses!.filter((sample) => regex.test(sample))).toEqual([]);
    });
});

test("what is shown and required is known by path", () => {
    const { definition } = files["../../../tests/vectors/forms/structure.json"]!;
    const { shown } = validate(definition, { kind: "a", mother: { full_name: "Lê Mơ" }, children: [{}] }, { today: "2026-03-02" });
    expect(shown.get("kind")).toEqual({ required: true });
    expect(shown.has("note")).toBe(false);
    expect(shown.get("mother/full_name")).toEqual({ required: true });
    expect(shown.get("mother/born")).toEqual({ required: false });
    expect(shown.get("children/0/full_name")).toEqual({ required: true });
    expect(shown.get("sure")).toEqual({ required: true });
    expect(shown.has("hint")).toBe(true);
});

test("every reason of a vector has a sentence", () => {
    for (const { cases } of Object.values(files))
        for (const { errors } of cases)
            for (const [path, reason, params] of errors)
                for (const lang of ["vi", "en"] as const) {
                    const text = sentence({ path, reason, params }, lang, catalogue);
                    expect(text).not.toMatch(/[⟦{}]/);
                }
});

test("Khmer falls back to Vietnamese and says so", () => {
    expect(textIn({ vi: "Họ tên", en: "Name" }, "km")).toEqual({ text: "Họ tên", lang: "vi" });
    expect(textIn({ vi: "Họ tên", en: "Name", km: "ឈ្មោះ" }, "km")).toEqual({ text: "ឈ្មោះ", lang: "km" });
});
