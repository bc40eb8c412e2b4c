// What a condition, a computed field or a rule sees: the valid answers of its scope and of the scopes around it.

import { compile, type Expression } from "../expression/evaluate";
import type { Answer, Answers, Condition, Field } from "./model";

const compiled = new Map<string, Expression>();
function expression(text: string): Expression {
    let found = compiled.get(text);
    if (!found) compiled.set(text, (found = compile(text)));
    return found;
}

interface Level {
    names: Set<string>;
    answers: Answers;
}

export class Scopes {
    private readonly levels: Level[] = [];
    private readonly today: string;

    constructor(today: string) {
        this.today = today;
    }

    within<T>(fields: Field[], answers: Answers, run: () => T): T {
        this.levels.push({ names: new Set(fields.map((field) => field.n)), answers });
        const result = run();
        this.levels.pop();
        return result;
    }

    /** The innermost answer of that name; null for a field without a valid answer; undefined for an unknown name. */
    find = (name: string): Answer | undefined => {
        for (let i = this.levels.length; i-- > 0; ) {
            const { names, answers } = this.levels[i]!;
            if (Object.hasOwn(answers, name)) return answers[name];
            if (names.has(name)) return null;
        }
        return name === "today" ? this.today : undefined;
    };

    evaluate(text: string): Answer {
        return expression(text).evaluate(this.find).value;
    }

    holds(condition: Condition): boolean {
        if (typeof condition === "string") return this.evaluate(condition) === true;
        const [first, ...rest] = condition[0].split(".") as [string, ...string[]];
        let value = this.find(first);
        for (const name of rest) {
            const inner = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
            value = Object.hasOwn(inner, name) ? inner[name] : undefined;
        }
        const wanted = Array.isArray(condition[1]) ? condition[1] : [condition[1]];
        const is = (one: Answer | undefined) => wanted.some((other) => other === one);
        return Array.isArray(value) ? value.some(is) : is(value);
    }
}
