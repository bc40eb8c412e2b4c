// The expression language in the browser gives what the server gives: tests/vectors/expression, also run by forms_test.
import { describe, expect, test } from "vitest";
import { compile } from "../../src/core/expression/evaluate";
import { ExpressionError } from "../../src/core/expression/parse";
import type { Json } from "../../src/core/expression/values";

type Case = [text: string, value: Json, refused?: string];
interface File {
    variables: Record<string, Json>;
    cases: Case[];
}
const files = import.meta.glob<File>("../../../tests/vectors/expression/*.json", { eager: true, import: "default" });

describe.each(Object.entries(files))("%s", (_, file) => {
    const lookup = (variable: string) => (Object.hasOwn(file.variables, variable) ? file.variables[variable] : undefined);
    test.each(file.cases)("%s", (text, value, refused) => {
        if (refused === undefined) {
            expect(compile(text).evaluate(lookup).value).toEqual(value);
        } else {
            let reason = "";
            try {
                compile(text);
            } catch (error) {
                reason = error instanceof ExpressionError ? error.reason : String(error);
            }
            expect(reason).toBe(refused);
        }
    });
});

test("an unknown name is a fault and null", () => {
    expect(compile("zz + 1").evaluate(() => undefined)).toEqual({ value: null, fault: "expression.unknown_variable" });
});

test("too much work is null", () => {
    const list = Array.from({ length: 5000 }, (_, i) => i);
    const outcome = compile("for a in list return for b in list return a").evaluate((name) => (name === "list" ? list : undefined));
    expect(outcome).toEqual({ value: null, fault: "expression.too_costly" });
});
