// Values inside an evaluation: JSON, and dates, instants and durations, which enter by functions and leave as ISO 8601
// text. The twin of src/expression/temporal.cpp and of the value part of evaluate.cpp: same results, bit for bit.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A calendar day: days since 1970-01-01. */
export class Day {
    readonly days: number;
    constructor(days: number) {
        this.days = days;
    }
}
/** A point in time: milliseconds since 1970-01-01T00:00Z. */
export class Moment {
    readonly ms: number;
    constructor(ms: number) {
        this.ms = ms;
    }
}
/** A duration of days and time. */
export class Span {
    readonly ms: number;
    constructor(ms: number) {
        this.ms = ms;
    }
}
/** A duration of years and months. */
export class Months {
    readonly count: number;
    constructor(count: number) {
        this.count = count;
    }
}
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value } | Day | Moment | Span | Months;

export const dayMs = 86_400_000;
const vietnamMs = 7 * 3_600_000;

const isTemporal = (v: Value): v is Day | Moment | Span | Months =>
    v instanceof Day || v instanceof Moment || v instanceof Span || v instanceof Months;
export const isObject = (v: Value): v is { [key: string]: Value } =>
    typeof v === "object" && v !== null && !Array.isArray(v) && !isTemporal(v);

// ---- Days ------------------------------------------------------------------------------------------------------------

/** Day number of a date that exists, undefined otherwise; years 1 to 9999. */
export function dayNumber(year: number, month: number, day: number): number | undefined {
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    const ok = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
    return ok ? date.getTime() / dayMs : undefined;
}

export function dateParts(days: number): { year: number; month: number; day: number } {
    const date = new Date(days * dayMs);
    return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

const pad = (n: number, width = 2) => String(n).padStart(width, "0");

export function dayText(days: number): string {
    const { year, month, day } = dateParts(days);
    return `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
}

/** "2026-01-31" of a day that exists, from 1900 on. */
export function parseDay(text: string): Day | null {
    const m = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
    if (!m || Number(m[1]) < 1900) return null;
    const days = dayNumber(Number(m[1]), Number(m[2]), Number(m[3]));
    return days === undefined ? null : new Day(days);
}

/** ISO 8601 with offset or Z; without an offset Vietnamese time is meant. */
export function parseMoment(text: string): Moment | null {
    const m = /^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:(Z)|([+-])(\d\d):?(\d\d))?$/.exec(text);
    const day = m && parseDay(m[1]!);
    if (!m || !day) return null;
    const [hour, minute, second] = [Number(m[2]), Number(m[3]), Number(m[4] ?? 0)];
    const [offsetHours, offsetMinutes] = [Number(m[8] ?? 7), Number(m[9] ?? 0)];
    if (hour > 23 || minute > 59 || second > 59 || offsetHours > 14 || offsetMinutes > 59) return null;
    const offset = m[6] ? 0 : (m[7] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes);
    const ms = Number((m[5] ?? "").slice(0, 3).padEnd(3, "0"));
    return new Moment(day.days * dayMs + ((hour * 60 + minute) * 60 + second) * 1000 + ms - offset * 60_000);
}

export const momentOfDay = (day: Day) => new Moment(day.days * dayMs - vietnamMs);
export const dayOfMoment = (at: Moment) => new Day(Math.floor((at.ms + vietnamMs) / dayMs));
/** Milliseconds since local midnight. */
export const timeOfMoment = (at: Moment) => at.ms + vietnamMs - dayOfMoment(at).days * dayMs;

function momentText(at: Moment): string {
    const time = timeOfMoment(at);
    const ms = time % 1000 ? `.${pad(time % 1000, 3)}` : "";
    const parts = [Math.floor(time / 3_600_000), Math.floor(time / 60_000) % 60, Math.floor(time / 1000) % 60];
    return `${dayText(dayOfMoment(at).days)}T${parts.map((n) => pad(n)).join(":")}${ms}+07:00`;
}

/** Stops at the last day of the month. */
export function addMonths(day: Day, months: number): Day {
    const { year, month, day: of } = dateParts(day.days);
    const total = Math.min(Math.max(year * 12 + month - 1 + months, 0), 9999 * 12 + 11);
    const [y, m] = [Math.floor(total / 12), (total % 12) + 1];
    const last = new Date(0);
    last.setUTCFullYear(y, m, 0);
    return new Day(dayNumber(y, m, Math.min(of, last.getUTCDate()))!);
}

// ---- Durations -------------------------------------------------------------------------------------------------------

const away = (n: number) => (n < 0 ? -Math.floor(-n + 0.5) : Math.floor(n + 0.5));

/** "P1DT2H", "PT0.5S", "-P3D", weeks; "P1Y2M" gives months. Years or months together with days are refused. */
export function parseDuration(text: string): Span | Months | null {
    const number = "(\\d+(?:[.,]\\d*)?)";
    const m = new RegExp(
        `^(-?)P(?:${number}Y)?(?:${number}M)?(?:${number}W)?(?:${number}D)?(?:T(?=\\d)(?:${number}H)?(?:${number}M)?(?:${number}S)?)?$`,
    ).exec(text);
    if (!m || text.endsWith("P")) return null;
    const amounts = m.slice(2).map((part) => (part === undefined ? undefined : Number(part.replace(",", "."))));
    if (amounts.some((n) => n !== undefined && n > 1e9)) return null;
    const [y, mo, w, d, h, mi, s] = amounts;
    const sign = m[1] ? -1 : 1;
    const months = (y ?? 0) * 12 + (mo ?? 0);
    const ms = (w ?? 0) * 7 * dayMs + (d ?? 0) * dayMs + (h ?? 0) * 3_600_000 + (mi ?? 0) * 60_000 + (s ?? 0) * 1000;
    const hasMonths = y !== undefined || mo !== undefined;
    const hasDays = [w, d, h, mi, s].some((n) => n !== undefined);
    if (months !== 0 && ms !== 0) return null;
    if (hasMonths && months !== 0) return new Months(away(sign * months));
    if (hasMonths && !hasDays) return new Months(0);
    return new Span(away(sign * ms));
}

function spanText(span: Span): string {
    if (span.ms === 0) return "PT0S";
    let rest = Math.abs(span.ms);
    const part = (unit: number, letter: string) => {
        const n = Math.floor(rest / unit);
        rest %= unit;
        return n ? `${n}${letter}` : "";
    };
    const days = part(dayMs, "D");
    let time = part(3_600_000, "H") + part(60_000, "M");
    if (rest) time += rest % 1000 ? `${Math.floor(rest / 1000)}.${pad(rest % 1000, 3)}S` : `${rest / 1000}S`;
    return (span.ms < 0 ? "-P" : "P") + days + (time && `T${time}`);
}

function monthsText(months: Months): string {
    if (months.count === 0) return "P0M";
    const n = Math.abs(months.count);
    const [years, rest] = [Math.floor(n / 12), n % 12];
    return (months.count < 0 ? "-P" : "P") + (years ? `${years}Y` : "") + (rest ? `${rest}M` : "");
}

// ---- Text, JSON, order -----------------------------------------------------------------------------------------------

/** Whole numbers plainly; others with the fewest digits that read back, in C's %g notation. */
export function numberText(n: number): string {
    if (Math.floor(n) === n && Math.abs(n) <= 9007199254740992) return String(n === 0 ? 0 : n);
    const m = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(n.toExponential())!;
    const digits = m[2]! + (m[3] ?? "");
    const exponent = Number(m[4]);
    if (exponent >= -4 && exponent < digits.length) return String(n);
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    return `${m[1]}${mantissa}e${exponent < 0 ? "-" : "+"}${pad(Math.abs(exponent))}`;
}

export function toText(v: Value): string {
    if (v === null) return "";
    if (typeof v === "string") return v;
    if (typeof v === "boolean") return String(v);
    if (typeof v === "number") return numberText(v);
    if (v instanceof Day) return dayText(v.days);
    if (v instanceof Moment) return momentText(v);
    if (v instanceof Span) return spanText(v);
    if (v instanceof Months) return monthsText(v);
    return JSON.stringify(toJson(v));
}

export function toJson(v: Value): Json {
    if (typeof v === "number") return Number.isFinite(v) ? (v === 0 ? 0 : v) : null;
    if (v === null || typeof v === "boolean" || typeof v === "string") return v;
    if (Array.isArray(v)) return v.map(toJson);
    if (isTemporal(v)) return toText(v);
    return Object.fromEntries(Object.entries(v).map(([key, value]) => [key, toJson(value)]));
}

/** Order of code points, which is the order of UTF-8 bytes. */
function compareText(a: string, b: string): number {
    for (let i = 0; i < a.length && i < b.length; i++) {
        let [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
        if (x === y) continue;
        if (x >= 0xd800 && y >= 0xd800) {
            x += x >= 0xe000 ? -0x800 : 0x2000;
            y += y >= 0xe000 ? -0x800 : 0x2000;
        }
        return x - y;
    }
    return a.length - b.length;
}

function asMoment(v: Value): Moment | null {
    if (v instanceof Moment) return v;
    if (v instanceof Day) return momentOfDay(v);
    if (typeof v !== "string") return null;
    const day = v.length === 10 ? parseDay(v) : null;
    if (day) return momentOfDay(day);
    return v.length === 10 ? null : parseMoment(v);
}

/** Negative, zero, positive; undefined when the two cannot be compared. A text that reads as a date compares with dates. */
export function compare(a: Value, b: Value): number | undefined {
    if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a < b ? -1 : a > b ? 1 : undefined;
    if (typeof a === "string" && typeof b === "string") return compareText(a, b);
    if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
    if (a instanceof Span && b instanceof Span) return a.ms - b.ms;
    if (a instanceof Months && b instanceof Months) return a.count - b.count;
    const dates = [a, b].some((v) => v instanceof Day || v instanceof Moment);
    const [x, y] = dates ? [asMoment(a), asMoment(b)] : [null, null];
    return x && y ? x.ms - y.ms : undefined;
}

function sameJson(a: Json, b: Json): boolean {
    if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]!));
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || Array.isArray(a) || Array.isArray(b))
        return a === b;
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key]!, b[key]!));
}

export function same(a: Value, b: Value): boolean {
    if (a === null || b === null) return a === b;
    const order = compare(a, b);
    if (order !== undefined) return order === 0;
    const both = (Array.isArray(a) && Array.isArray(b)) || (isObject(a) && isObject(b));
    return both && sameJson(toJson(a), toJson(b));
}
