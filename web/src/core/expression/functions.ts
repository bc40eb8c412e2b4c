// Built-in functions. The twin of src/expression/functions.cpp; text is counted in code points.

import {
    compare, Day, dayNumber, dayOfMoment, dateParts, isObject, Moment, momentOfDay, parseDay, parseDuration, parseMoment, same,
    toText, type Value,
} from "./values";

/** What a function may use of the evaluation: its budget. */
export interface Budget {
    list(items: Value[]): Value;
    text(text: string): Value;
    fault(reason: string): null;
}

type Call = (in_: Budget, a: Value[]) => Value;

const chars = (s: string) => Array.from(s);
const isText = (v: Value | undefined): v is string => typeof v === "string";
const isNumber = (v: Value | undefined): v is number => typeof v === "number";
const clamp = (n: number, low: number, high: number) => Math.min(Math.max(n, low), high);
/** All the arguments, or the items of the one list argument. */
const spread = (a: Value[]): Value[] => (a.length === 1 && Array.isArray(a[0]) ? a[0] : a);

/** A function of a text; null gives null, anything else is a wrong type. */
const ofText = (f: (in_: Budget, s: string, other: Value | undefined, a: Value[]) => Value): Call => (in_, a) => {
    const s = a[0]!;
    if (isText(s)) return f(in_, s, a[1], a);
    return s === null ? null : in_.fault("expression.wrong_type");
};
const ofTwoTexts = (f: (in_: Budget, s: string, other: string) => Value): Call =>
    ofText((in_, s, other) => (isText(other) ? f(in_, s, other) : null));
const ofList = (f: (in_: Budget, list: Value[], a: Value[]) => Value): Call => (in_, a) =>
    Array.isArray(a[0]) ? f(in_, a[0], a) : null;

function mapCase(s: string, map: (c: string) => string): string {
    return chars(s).map((c) => (chars(map(c)).length === 1 ? map(c) : c)).join("");
}

function substring(in_: Budget, s: string, a: Value[], fromZero: boolean): Value {
    if (!isNumber(a[1])) return null;
    const all = chars(s);
    let start = Math.trunc(clamp(a[1], -1e9, 1e9));
    if (!fromZero) {
        if (start === 0) return null;
        start = start > 0 ? start - 1 : start + all.length;
    }
    let end = all.length;
    if (a.length > 2) {
        if (!isNumber(a[2])) return null;
        const given = Math.trunc(clamp(a[2], 0, 1e9));
        end = fromZero ? given : start + given;
    }
    start = clamp(start, 0, all.length);
    return in_.text(all.slice(start, clamp(end, start, all.length)).join(""));
}

const dateOf = (a: Value[]): Day | null => {
    if (a.length === 3) {
        if (!a.every((n) => isNumber(n) && n >= 1 && n <= 9999)) return null;
        const [y, m, d] = (a as number[]).map(Math.trunc) as [number, number, number];
        const days = m <= 12 && d <= 31 ? dayNumber(y, m, d) : undefined;
        return days === undefined ? null : new Day(days);
    }
    const v = a[0];
    if (a.length !== 1) return null;
    if (v instanceof Day) return v;
    if (v instanceof Moment) return dayOfMoment(v);
    if (!isText(v)) return null;
    const moment = parseMoment(v);
    return parseDay(v) ?? (moment && dayOfMoment(moment));
};

const momentOf = (v: Value): Moment | null => {
    if (v instanceof Moment) return v;
    if (v instanceof Day) return momentOfDay(v);
    if (!isText(v)) return null;
    const day = parseDay(v);
    return parseMoment(v) ?? (day && momentOfDay(day));
};

const rounded = (round: (n: number) => number): Call => (_, a) => {
    if (!isNumber(a[0])) return null;
    const scale = isNumber(a[1]) ? 10 ** clamp(a[1], -15, 15) : 1;
    const result = round(a[0] * scale) / scale;
    return Number.isFinite(result) ? result : null;
};

const extreme = (wanted: -1 | 1): Call => (_, a) => {
    let best: Value | undefined;
    for (const value of spread(a)) {
        if (best === undefined) {
            best = value;
            continue;
        }
        const order = compare(value, best);
        if (order === undefined) return null;
        if (Math.sign(order) === wanted) best = value;
    }
    return best ?? null;
};

const total = (mean: boolean): Call => (_, a) => {
    const values = spread(a);
    let sum = 0;
    for (const value of values) {
        if (!isNumber(value)) return null;
        sum += value;
    }
    if (values.length === 0) return mean ? null : 0;
    return mean ? sum / values.length : sum;
};

const allOrAny = (any: boolean): Call => (_, a) => {
    let unknown = false;
    for (const value of spread(a)) {
        if (value === any) return any;
        unknown ||= typeof value !== "boolean";
    }
    return unknown ? null : !any;
};

/** What append and concatenate begin with: a list, or one value, or nothing. */
const begun = (v: Value): Value[] => (Array.isArray(v) ? [...v] : v === null ? [] : [v]);

const get = (offset: number): Call => (_, a) => {
    const [from, key] = [a[0]!, a[1]!];
    if (isObject(from)) return isText(key) && Object.hasOwn(from, key) ? from[key]! : null;
    if (!Array.isArray(from) || !isNumber(key)) return null;
    const at = key - offset;
    return at >= 0 && at < from.length ? from[Math.trunc(at)]! : null;
};

const listContains = ofList((_, list, a) => list.some((item) => same(item, a[1]!)));
const ok = (v: Value | null | undefined): Value => v ?? null;

const table: Record<string, [least: number, most: number, call: Call]> = {
    contains: [2, 2, (in_, a) => (Array.isArray(a[0]) ? listContains : ofTwoTexts((_, s, o) => s.includes(o)))(in_, a)],
    "starts with": [2, 2, ofTwoTexts((_, s, o) => s.startsWith(o))],
    "ends with": [2, 2, ofTwoTexts((_, s, o) => s.endsWith(o))],
    "string length": [1, 1, ofText((_, s) => chars(s).length)],
    "upper case": [1, 1, ofText((in_, s) => in_.text(mapCase(s, (c) => c.toUpperCase())))],
    "lower case": [1, 1, ofText((in_, s) => in_.text(mapCase(s, (c) => c.toLowerCase())))],
    substring: [2, 3, ofText((in_, s, _, a) => substring(in_, s, a, false))],
    "substring before": [2, 2, ofTwoTexts((_, s, o) => (s.includes(o) ? s.slice(0, s.indexOf(o)) : ""))],
    "substring after": [2, 2, ofTwoTexts((_, s, o) => (s.includes(o) ? s.slice(s.indexOf(o) + o.length) : ""))],
    trim: [1, 1, ofText((_, s) => s.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""))],
    "string join": [1, 2, ofList((in_, list, a) => in_.text(list.map(toText).join(a.length > 1 ? toText(a[1]!) : "")))],
    split: [2, 2, ofTwoTexts((in_, s, o) => (o === "" ? null : in_.list(s.split(o))))],
    string: [1, 1, (in_, a) => (a[0] === null ? null : in_.text(toText(a[0]!)))],
    number: [1, 1, (_, a) => {
        const v = a[0]!;
        if (isNumber(v)) return v;
        if (!isText(v) || v.length > 40 || !/^[0-9.\-+eE]+$/.test(v)) return null;
        return Number.isFinite(Number(v)) ? Number(v) : null;
    }],
    date: [1, 3, (_, a) => dateOf(a)],
    "date and time": [1, 1, (_, a) => momentOf(a[0]!)],
    duration: [1, 1, (_, a) => (isText(a[0]) ? parseDuration(a[0]) : null)],
    "years between": [2, 2, (_, a) => {
        const [from, to] = [dateOf([a[0]!]), dateOf([a[1]!])];
        if (!from || !to) return null;
        const [x, y] = [dateParts(from.days), dateParts(to.days)];
        const before = y.month < x.month || (y.month === x.month && y.day < x.day);
        return y.year - x.year - (before ? 1 : 0);
    }],
    not: [1, 1, (_, a) => (typeof a[0] === "boolean" ? !a[0] : null)],
    abs: [1, 1, (_, a) => (isNumber(a[0]) ? Math.abs(a[0]) : null)],
    floor: [1, 2, rounded(Math.floor)],
    ceiling: [1, 2, rounded(Math.ceil)],
    round: [1, 2, rounded((n) => (n < 0 ? -Math.floor(-n + 0.5) : Math.floor(n + 0.5)))],
    modulo: [2, 2, (_, a) => (isNumber(a[0]) && isNumber(a[1]) && a[1] !== 0 ? a[0] - a[1] * Math.floor(a[0] / a[1]) : null)],
    sqrt: [1, 1, (_, a) => (isNumber(a[0]) && a[0] >= 0 ? Math.sqrt(a[0]) : null)],
    count: [1, 1, ofList((_, list) => list.length)],
    sum: [1, 255, total(false)],
    min: [1, 255, extreme(-1)],
    max: [1, 255, extreme(1)],
    mean: [1, 255, total(true)],
    all: [1, 255, allOrAny(false)],
    any: [1, 255, allOrAny(true)],
    append: [2, 255, (in_, a) => in_.list([...begun(a[0]!), ...a.slice(1)])],
    concatenate: [1, 255, (in_, a) => {
        const list = begun(a[0]!);
        for (const more of a.slice(1)) {
            if (!Array.isArray(more)) return null;
            list.push(...more);
        }
        return in_.list(list);
    }],
    reverse: [1, 1, ofList((in_, list) => in_.list([...list].reverse()))],
    "distinct values": [1, 1, ofList((in_, list) => {
        if (list.length > 500) return in_.fault("expression.too_costly");
        const kept: Value[] = [];
        for (const item of list) if (!kept.some((other) => same(item, other))) kept.push(item);
        return in_.list(kept);
    })],
    "list contains": [2, 2, listContains],
    "index of": [2, 2, ofList((in_, list, a) => in_.list(list.flatMap((item, i) => (same(item, a[1]!) ? [i + 1] : []))))],
    sublist: [2, 3, ofList((in_, list, a) => {
        if (!isNumber(a[1])) return null;
        let start = Math.trunc(clamp(a[1], -1e9, 1e9));
        start = start > 0 ? start - 1 : list.length + start;
        const length = isNumber(a[2]) ? Math.trunc(clamp(a[2], 0, 1e9)) : list.length;
        start = clamp(start, 0, list.length);
        return in_.list(list.slice(start, clamp(start + length, start, list.length)));
    })],
    flatten: [1, 1, ofList((in_, list) => in_.list(list.flatMap((item) => (Array.isArray(item) ? item : [item]))))],
    "is defined": [1, 1, (_, a) => a[0] !== null],
    "is empty": [1, 1, (_, a) => a[0] === null || a[0] === "" || (Array.isArray(a[0]) && a[0].length === 0)],
    "get value": [2, 2, get(1)],
    ".equals": [2, 2, (_, a) => same(a[0]!, a[1]!)],
    ".substring": [2, 3, ofText((in_, s, _, a) => substring(in_, s, a, true))],
    ".get": [2, 2, get(0)],
};

const methods: Record<string, string> = {
    contains: "contains", startsWith: "starts with", endsWith: "ends with", length: "string length", toUpperCase: "upper case",
    toLowerCase: "lower case", substring: ".substring", trim: "trim", equals: ".equals", isEmpty: "is empty", size: "count",
    get: ".get", toString: "string", split: "split",
};

export const findFunction = (name: string): boolean => Object.hasOwn(table, name) && !name.startsWith(".");
export const findMethod = (name: string): string | undefined => (Object.hasOwn(methods, name) ? methods[name] : undefined);

export function callFunction(in_: Budget, name: string, a: Value[]): Value {
    const [least, most, call] = table[name]!;
    if (a.length < least || a.length > most) return in_.fault("expression.wrong_type");
    return ok(call(in_, a));
}
