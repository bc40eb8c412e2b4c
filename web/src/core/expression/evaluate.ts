// Evaluation: three-valued logic (null is "unknown"), a step budget, and the first fault noted. The twin of
// src/expression/evaluate.cpp; tests/vectors/expression is run by both sides.

import { callFunction, type Budget } from "./functions";
import { parse, type Node, type Program } from "./parse";
import {
    addMonths, compare, dateParts, Day, dayMs, dayOfMoment, isObject, type Json, Moment, Months, same, Span, timeOfMoment, toJson,
    toText, type Value,
} from "./values";

/** The value of a variable, or undefined when there is no such name. */
export type Lookup = (name: string) => Json | undefined;

export interface Outcome {
    value: Json;
    /** First fault on the way: "expression.unknown_variable", "expression.wrong_type", "expression.too_costly"; else "". */
    fault: string;
}

const stepsMax = 50_000;
const listItemsMax = 10_000;
const textBytesMax = 65_536;

function utf8Length(text: string): number {
    let bytes = 0;
    for (let i = 0; i < text.length; i++) {
        const c = text.charCodeAt(i);
        bytes += c < 0x80 ? 1 : c < 0x800 || (c >= 0xd800 && c < 0xe000) ? 2 : 3;
    }
    return bytes;
}

class Interpreter implements Budget {
    fault_ = "";
    private steps = 0;
    private readonly program: Program;
    private readonly lookup_: Lookup;
    private readonly bound: [string, Value][] = [];

    constructor(program: Program, lookup: Lookup) {
        this.program = program;
        this.lookup_ = lookup;
    }

    fault(reason: string): null {
        this.fault_ ||= reason;
        return null;
    }
    private wrongType(): null {
        return this.fault("expression.wrong_type");
    }
    private tooCostly(): null {
        return this.fault("expression.too_costly");
    }
    list(items: Value[]): Value {
        if (items.length > listItemsMax) return this.tooCostly();
        this.steps += items.length;
        return items;
    }
    text(text: string): Value {
        const bytes = utf8Length(text);
        if (bytes > textBytesMax) return this.tooCostly();
        this.steps += Math.floor(bytes / 256);
        return text;
    }

    evaluate(node: Node): Value {
        if (++this.steps > stepsMax) return this.tooCostly();
        switch (node.op) {
            case "literal":
                return node.value!;
            case "variable":
                return this.lookup(node.text!);
            case "list":
                return this.list(node.items!.map((item) => this.evaluate(item)));
            case "object":
                return Object.fromEntries(node.items!.map((item, i) => [node.keys![i], toJson(this.evaluate(item))]));
            case "negate": {
                const v = this.evaluate(node.a!);
                if (typeof v === "number") return -v;
                if (v instanceof Span) return new Span(-v.ms);
                if (v instanceof Months) return new Months(-v.count);
                return v === null ? null : this.wrongType();
            }
            case "not":
            case "and":
            case "or":
                return this.logic(node);
            case "=":
                return same(this.evaluate(node.a!), this.evaluate(node.b!));
            case "!=":
                return !same(this.evaluate(node.a!), this.evaluate(node.b!));
            case "<":
            case "<=":
            case ">":
            case ">=":
                return this.comparison(node.op, this.evaluate(node.a!), this.evaluate(node.b!));
            case "+":
            case "-":
            case "*":
            case "/":
            case "%":
            case "**":
                return this.arithmetic(node.op, this.evaluate(node.a!), this.evaluate(node.b!));
            case "if":
                return this.evaluate(this.evaluate(node.a!) === true ? node.b! : node.c!);
            case "member":
                return this.member(this.evaluate(node.a!), node.text!);
            case "index":
                return this.index(node);
            case "in":
                return this.contains(node);
            case "between": {
                const value = this.evaluate(node.a!);
                const low = compare(value, this.evaluate(node.b!));
                const high = compare(value, this.evaluate(node.c!));
                return low === undefined || high === undefined ? null : low >= 0 && high <= 0;
            }
            case "some":
            case "every":
            case "for":
                return this.quantified(node);
            case "empty": {
                const v = this.evaluate(node.a!);
                if (v === null || v === "") return true;
                if (Array.isArray(v)) return v.length === 0;
                return isObject(v) && Object.keys(v).length === 0;
            }
            case "call":
                return callFunction(this, node.text!, node.items!.map((item) => this.evaluate(item)));
            case "range":
                return this.wrongType();
        }
    }

    private lookup(name: string): Value {
        for (let i = this.bound.length; i-- > 0; ) if (this.bound[i]![0] === name) return this.bound[i]![1];
        const value = this.lookup_(name);
        if (value === undefined) return this.fault("expression.unknown_variable");
        if (Array.isArray(value)) this.steps += value.length;
        return value;
    }

    private logic(node: Node): Value {
        const a = this.evaluate(node.a!);
        if (node.op === "not") return typeof a === "boolean" ? !a : a === null ? null : this.wrongType();
        const decisive = node.op === "or"; // the value of one side that decides alone
        if (a === decisive) return decisive;
        const b = this.evaluate(node.b!);
        if (b === decisive) return decisive;
        const [left, right] = [typeof a === "boolean", typeof b === "boolean"];
        if (left && right) return !decisive;
        return (!left && a !== null) || (!right && b !== null) ? this.wrongType() : null;
    }

    private comparison(op: "<" | "<=" | ">" | ">=", a: Value, b: Value): Value {
        const order = compare(a, b);
        if (order === undefined) return a === null || b === null ? null : this.wrongType();
        return op === "<" ? order < 0 : op === "<=" ? order <= 0 : op === ">" ? order > 0 : order >= 0;
    }

    private arithmetic(op: "+" | "-" | "*" | "/" | "%" | "**", a: Value, b: Value): Value {
        if (op === "+" && (typeof a === "string" || typeof b === "string")) return this.text(toText(a) + toText(b));
        if (a === null || b === null) return null;
        if (typeof a === "number" && typeof b === "number") {
            const result =
                op === "+" ? a + b : op === "-" ? a - b : op === "*" ? a * b : op === "/" ? a / b
                : op === "%" ? a - b * Math.floor(a / b) : a ** b;
            return Number.isFinite(result) ? result : this.wrongType();
        }
        const sign = op === "-" ? -1 : 1;
        if (op === "+" || op === "-") {
            if (a instanceof Span && b instanceof Span) return new Span(a.ms + sign * b.ms);
            if (a instanceof Months && b instanceof Months) return new Months(a.count + sign * b.count);
            const turned = op === "+" && (a instanceof Span || a instanceof Months);
            const [date, step] = turned ? [b, a] : [a, b];
            if (date instanceof Day) {
                if (step instanceof Months) return addMonths(date, sign * step.count);
                if (step instanceof Span) return new Day(date.days + Math.floor((sign * step.ms) / dayMs));
                if (step instanceof Day && op === "-") return new Span((date.days - step.days) * dayMs);
            }
            if (date instanceof Moment) {
                if (step instanceof Span) return new Moment(date.ms + sign * step.ms);
                if (step instanceof Months) {
                    const day = dayOfMoment(date);
                    return new Moment(date.ms + (addMonths(day, sign * step.count).days - day.days) * dayMs);
                }
                if (op === "-" && (step instanceof Day || step instanceof Moment || typeof step === "string")) {
                    const difference = compare(date, step); // milliseconds
                    if (difference !== undefined) return new Span(difference);
                }
            }
        }
        if ((op === "*" || op === "/") && typeof b === "number") {
            const factor = op === "*" ? b : 1 / b;
            if (!Number.isFinite(factor)) return this.wrongType();
            const whole = (n: number) => Math.trunc(Math.min(Math.max(n, -9e15), 9e15));
            if (a instanceof Span) return new Span(whole(a.ms * factor));
            if (a instanceof Months) return new Months(whole(a.count * factor));
        }
        return this.wrongType();
    }

    private member(object: Value, name: string): Value {
        if (object === null) return null;
        if (isObject(object)) return Object.hasOwn(object, name) ? object[name]! : null;
        if (Array.isArray(object)) return this.list(object.map((item) => this.member(item, name)));
        if (object instanceof Day || object instanceof Moment) {
            const days = (object instanceof Day ? object : dayOfMoment(object)).days;
            if (name === "year" || name === "month" || name === "day") return dateParts(days)[name];
            if (name === "weekday") return ((((days + 3) % 7) + 7) % 7) + 1;
            if (object instanceof Moment) {
                const minutes = Math.floor(timeOfMoment(object) / 60_000);
                if (name === "hour") return Math.floor(minutes / 60);
                if (name === "minute") return minutes % 60;
                if (name === "second") return Math.trunc(object.ms / 1000) % 60;
            }
        }
        if (object instanceof Span) {
            const unit = { days: [dayMs, Infinity], hours: [3_600_000, 24], minutes: [60_000, 60], seconds: [1000, 60] }[name];
            if (unit) return Math.trunc(object.ms / unit[0]!) % unit[1]!;
        }
        if (object instanceof Months) {
            if (name === "years") return Math.trunc(object.count / 12);
            if (name === "months") return object.count % 12;
        }
        return this.wrongType();
    }

    private index(node: Node): Value {
        const base = this.evaluate(node.a!);
        if (base === null) return null;
        if (isObject(base)) {
            const key = this.evaluate(node.b!);
            return typeof key === "string" ? this.member(base, key) : this.wrongType();
        }
        if (!Array.isArray(base)) return this.wrongType();
        // A boolean condition on `item` filters; a number picks. Which of the two shows only in the value.
        const kept: Value[] = [];
        for (let i = 0; i <= base.length; i++) {
            if (i < base.length) this.bound.push(["item", base[i]!]);
            const key = this.evaluate(node.b!);
            if (i < base.length) this.bound.pop();
            if (typeof key === "number") {
                let at = Math.trunc(Math.min(Math.max(key, -9e15), 9e15));
                if (!this.program.zeroBased) at = at > 0 ? at - 1 : at < 0 ? base.length + at : -1;
                return at >= 0 && at < base.length ? base[at]! : null;
            }
            if (i === base.length) break;
            if (key === true) kept.push(base[i]!);
            else if (key !== false && key !== null) return this.wrongType();
            if (this.steps > stepsMax) return this.tooCostly();
        }
        return this.list(kept);
    }

    private contains(node: Node): Value {
        const value = this.evaluate(node.a!);
        const set = node.b!;
        const inRange = (range: Node): Value => {
            const low = compare(value, this.evaluate(range.a!));
            const high = compare(value, this.evaluate(range.b!));
            if (low === undefined || high === undefined) return null;
            return (low > 0 || (low === 0 && range.text![0] === "[")) && (high < 0 || (high === 0 && range.text![1] === "]"));
        };
        if (set.op === "range") return inRange(set);
        if (set.op === "list") {
            let unknown = false;
            for (const part of set.items!) {
                const found = part.op === "range" ? inRange(part) : same(value, this.evaluate(part));
                if (found === true) return true;
                unknown ||= found === null;
            }
            return unknown ? null : false;
        }
        const list = this.evaluate(set);
        if (Array.isArray(list)) return list.some((item) => same(value, item));
        return list === null ? null : same(value, list);
    }

    private quantified(node: Node): Value {
        const over = this.evaluate(node.a!);
        if (!Array.isArray(over)) return over === null ? null : this.wrongType();
        const results: Value[] = [];
        let unknown = false;
        for (const item of over) {
            this.bound.push([node.text!, item]);
            const result = this.evaluate(node.b!);
            this.bound.pop();
            if (this.steps > stepsMax) return this.tooCostly();
            if (node.op === "for") {
                results.push(result);
                continue;
            }
            if (result === (node.op === "some")) return node.op === "some";
            unknown ||= typeof result !== "boolean";
        }
        if (node.op === "for") return this.list(results);
        return unknown ? null : node.op === "every";
    }
}

export interface Expression {
    evaluate(lookup: Lookup): Outcome;
}

/** Throws ExpressionError for a text that is no expression. */
export function compile(text: string): Expression {
    const program = parse(text);
    return {
        evaluate(lookup) {
            const interpreter = new Interpreter(program, lookup);
            const value = toJson(interpreter.evaluate(program.root));
            return { value, fault: interpreter.fault_ };
        },
    };
}
