// The JSON Schema that a definition exports (tests/vectors/schemas, written by forms_test) and a validator by others give
// the verdict of validate() on every vector, as far as JSON Schema can say it: it never refuses what is accepted, and it
// refuses what breaks a rule that it can say.
import { Validator, type Schema } from "@cfworker/json-schema";
import { describe, expect, test } from "vitest";
import type { Answer, Answers } from "../../src/core/forms/model";

interface Case {
    name: string;
    values: Answers;
    errors: [path: string, reason: string, params: Record<string, string>][];
    completeness?: "draft";
    /** Why JSON Schema cannot say this case although it can say the reason in general. */
    beyond_schema?: string;
}
interface File {
    cases: Case[];
}
const files = import.meta.glob<File>("../../../tests/vectors/forms/*.json", { eager: true, import: "default" });
const schemas = import.meta.glob<Schema>("../../../tests/vectors/schemas/*.json", { eager: true, import: "default" });

/** docs/forms.md lists what is beyond JSON Schema. */
const beyond = new Set(
    ("citizen_id_place citizen_id_year citizen_id_sex citizen_id_born tax_code_check phone_malformed phone_mobile email_malformed " +
        "name_too_short date_no_such_day date_too_early date_too_late unit_unknown unit_unknown_on decimals rule")
        .split(" ")
        .map((reason) => `forms.${reason}`),
);

/** Texts as the schema expects them: trimmed, composed, single spaces. */
function isCanonical(value: Answer): boolean {
    if (typeof value === "string") return value === value.normalize("NFC").trim() && !/\s\s/.test(value);
    return typeof value !== "object" || value === null || Object.values(value).every(isCanonical);
}

describe.each(Object.entries(files))("%s", (path, { cases }) => {
    const schema = schemas[path.replace("/forms/", "/schemas/")]!;
    const validator = new Validator(schema, "2020-12", false);
    test.each(cases.filter((c) => c.completeness === undefined))("$name", ({ values, errors, beyond_schema }) => {
        const accepted = validator.validate(values).valid;
        if (errors.length === 0) {
            if (isCanonical(values)) expect(accepted).toBe(true);
        } else if (!beyond_schema && errors.some(([, reason]) => !beyond.has(reason))) {
            expect(accepted).toBe(false);
        } else if (beyond_schema) {
            expect(accepted).toBe(true);
        }
    });
});

const shipped = import.meta.glob<Schema>("../../../tests/vectors/schemas/shipped/*.json", { eager: true, import: "default" });
const examples = import.meta.glob<Answers>("../../../tests/vectors/examples/*.json", { eager: true, import: "default" });

test.each(Object.entries(shipped))("%s accepts the example and nothing less", (path, schema) => {
    const example = examples[path.replace("schemas/shipped", "examples")]!;
    const validator = new Validator(schema, "2020-12", false);
    expect(validator.validate(example).errors).toEqual([]);
    expect(validator.validate({}).valid).toBe(false);
    expect(validator.validate({ ...example, unheard_of: 1 }).valid).toBe(false);
    for (const name of schema.required as string[]) expect(validator.validate({ ...example, [name]: null }).valid).toBe(false);
});
