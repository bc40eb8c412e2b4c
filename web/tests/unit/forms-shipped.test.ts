// The forms that ship, judged in the browser: each example (invented people) is accepted and is what validate() makes of
// it, computed fields included. forms_test says the same of the server.
import { expect, test } from "vitest";
import type { Answers, Definition, Facts, Field, Text } from "../../src/core/forms/model";
import { validate } from "../../src/core/forms/validate";
import common from "../../../data/forms/common.json";
import { expand, type Fragments } from "./expand";

const sources = import.meta.glob<Definition>(["../../../data/forms/*.json", "!../../../data/forms/common.json"], { eager: true, import: "default" });
const examples = import.meta.glob<Answers>("../../../tests/vectors/examples/*.json", { eager: true, import: "default" });
const facts: Facts = { today: "2026-03-02", isUnit: (code) => ["30985", "91", "908"].includes(code) };

const forms = Object.entries(sources).map(([path, source]): [string, Definition] => [
    path.replace(/^.*\//, ""),
    expand(source, common as unknown as Fragments),
]);

test.each(forms)("%s accepts its example", (name, definition) => {
    const example = examples[`../../../tests/vectors/examples/${name}`]!;
    const judged = validate(definition, example, facts);
    expect(judged.errors).toEqual([]);
    expect(judged.answers).toEqual(example);
});

test("texts for people are composed Vietnamese without stray spaces", () => {
    const texts: Text[] = [];
    const collect = (fields: Field[]) => {
        for (const field of fields) {
            texts.push(field.l, ...(field.h ? [field.h] : []), ...(field.o ?? []).map(([, label]) => label));
            if (field.fields) collect(field.fields);
            for (const rule of field.rules ?? []) texts.push(rule.l);
        }
    };
    for (const [, definition] of forms) {
        texts.push(definition.title, ...(definition.rules ?? []).map((rule) => rule.l));
        for (const step of definition.steps) {
            texts.push(step.l);
            collect(step.fields);
        }
    }
    for (const { vi, en } of texts) {
        expect(vi).toBe(vi.normalize("NFC").trim());
        expect(vi).not.toMatch(/\s\s/);
        expect(en).toBe(en.trim());
    }
});
