// Values of the domain, one string at a time. The twin of src/forms/values.cpp: canonical notation, or what is wrong.

import { dayNumber, dateParts, addMonths, Day, parseDay } from "../expression/values";

export class Flaw {
    readonly reason: string;
    readonly params: Record<string, string>;
    constructor(reason: string, params: Record<string, string> = {}) {
        this.reason = `forms.${reason}`;
        this.params = params;
    }
}
export type Checked = string | Flaw;

export const cleanLine = (text: string) => text.normalize("NFC").trim();
export const cleanArea = (text: string) => text.normalize("NFC").replace(/\r\n?/g, "\n").trim();
export const countChars = (text: string) => Array.from(text).length;

/** Control characters other than those allowed; halves of a character count as such. */
export function hasControl(text: string, allowed: string): boolean {
    for (const char of text) {
        const c = char.codePointAt(0)!;
        if (allowed.includes(char)) continue;
        if (c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) return true;
        if (c >= 0xd800 && c <= 0xdfff) return true;
    }
    return false;
}

const digitsOnly = (text: string) => /^[0-9]*$/.test(text);

/** Province codes of citizen ids: the 63 provinces in being when the numbers were designed; countries begin at 101. */
const provinces = new Set(
    ("1 2 4 6 8 10 11 12 14 15 17 19 20 22 24 25 26 27 30 31 33 34 35 36 37 38 40 42 44 45 46 48 49 51 52 54 56 58 60 62 64 66 " +
        "67 68 70 72 74 75 77 79 80 82 83 84 86 87 89 91 92 93 94 95 96")
        .split(" ")
        .map(Number),
);

export function checkCitizenId(text: string, today: string): Checked {
    const digits = text.replaceAll(" ", "");
    if (digits.length !== 12 || !digitsOnly(digits)) return new Flaw("citizen_id_digits");
    const place = Number(digits.slice(0, 3));
    if (place > 100 ? place >= 400 : !provinces.has(place)) return new Flaw("citizen_id_place", { place: digits.slice(0, 3) });
    const year = birthYearOf(digits);
    return year > Number(today.slice(0, 4)) ? new Flaw("citizen_id_year", { year: String(year) }) : digits;
}
export const birthYearOf = (id: string) => 1900 + 100 * Math.floor(Number(id[3]) / 2) + Number(id.slice(4, 6));
export const sexOf = (id: string) => (Number(id[3]) % 2 === 0 ? "male" : "female");

export function checkOldId(text: string): Checked {
    const digits = text.replaceAll(" ", "");
    return digits.length === 9 && digitsOnly(digits) ? digits : new Flaw("old_id_digits");
}

export function checkTaxCode(text: string, personal: boolean, today: string): Checked {
    const digits = text.replace(/[ -]/g, "");
    if (personal && digits.length === 12 && digitsOnly(digits)) return checkCitizenId(digits, today);
    const branch = digits.length === 13;
    if (!digitsOnly(digits) || (digits.length !== 10 && !branch)) return new Flaw("tax_code_digits");
    const sum = [31, 29, 23, 19, 17, 13, 7, 5, 3].reduce((all, weight, i) => all + weight * Number(digits[i]), 0);
    if (10 - (sum % 11) !== Number(digits[9]) || (branch && digits.endsWith("000"))) return new Flaw("tax_code_check");
    return branch ? `${digits.slice(0, 10)}-${digits.slice(10)}` : digits;
}

export function checkPhone(text: string, mobile: boolean, international: boolean): Checked {
    let digits = text.replace(/[ .\-()]/g, "");
    if (digits.startsWith("+84")) digits = `0${digits.slice(digits.startsWith("+840") ? 4 : 3)}`;
    else if (digits.startsWith("84") && digits.length >= 11) digits = `0${digits.slice(2)}`;
    if (digits.startsWith("+")) {
        return international && /^\+[1-9][0-9]{6,14}$/.test(digits) ? digits : new Flaw("phone_malformed");
    }
    const isMobile = /^0(?:3[2-9]|5[2-9]|7[06-9]|8[1-9]|9[0-9])[0-9]{7}$/.test(digits);
    const isLandline = /^02(?:0[3-9]|[1-9][0-9])[0-9]{7}$/.test(digits);
    if (mobile && isLandline) return new Flaw("phone_mobile");
    return isMobile || isLandline ? digits : new Flaw("phone_malformed");
}

export function checkEmail(text: string): Checked {
    const at = text.lastIndexOf("@");
    const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
    const localOk = local.length <= 64 && /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local);
    const labels = domain.split(".");
    const domainOk =
        labels.length >= 2 &&
        labels.every((label) => label.length <= 63 && /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(label)) &&
        /^[A-Za-z]{2,}$/.test(labels.at(-1)!);
    return at > 0 && text.length <= 254 && localOk && domainOk
        ? `${local}@${domain.toLowerCase()}`
        : new Flaw("email_malformed");
}

export function checkPersonName(text: string, charsMax: number): Checked {
    const name = text.replace(/\s+/g, " ");
    for (const character of name)
        if (!/[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ'’\-., ]/.test(character) || character.length > 1) return new Flaw("name_character", { character });
    if (!/[A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ]/.test(name) || countChars(name) < 2) return new Flaw("name_too_short");
    return countChars(name) > charsMax ? new Flaw("too_long", { max: String(charsMax) }) : name;
}

// ---- Dates -----------------------------------------------------------------------------------------------------------

const precisions = ["day", "month", "year"] as const;
export type Precision = (typeof precisions)[number];

/** "2026-03-02", "2026-03" or "2026", no vaguer than asked; years 1800 to 2199. */
export function checkDate(text: string, vaguest: Precision): Checked {
    const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(text);
    if (!m) return new Flaw("date_malformed");
    const [year, month, day] = [Number(m[1]), Number(m[2] ?? 1), Number(m[3] ?? 1)];
    if (year < 1800 || year > 2199 || dayNumber(year, month, day) === undefined) return new Flaw("date_no_such_day");
    const known = m[3] ? 0 : m[2] ? 1 : 2;
    if (known <= precisions.indexOf(vaguest)) return text;
    return new Flaw(vaguest === "day" ? "date_needs_day" : "date_needs_month");
}

/** Day number of "2020-01-01", "today", "today-18y". */
export function resolveBound(bound: string, today: string): number {
    const m = /^today(?:([+-])(\d+)([dmy]))?$/.exec(bound);
    if (!m) return parseDay(bound)!.days;
    const now = parseDay(today)!;
    const amount = (m[1] === "-" ? -1 : 1) * Number(m[2] ?? 0);
    if (m[3] === "d") return now.days + amount;
    return addMonths(now, amount * (m[3] === "y" ? 12 : 1)).days;
}

/** Compares as far as the date is known. */
export function compareDate(text: string, days: number): number {
    const { year, month, day } = dateParts(days);
    const parts = text.split("-").map(Number);
    const other = [year, month, day];
    for (let i = 0; i < parts.length; i++) if (parts[i] !== other[i]) return parts[i]! - other[i]!;
    return 0;
}

export function dayTextVi(days: number): string {
    const { year, month, day } = dateParts(new Day(days).days);
    return `${String(day).padStart(2, "0")}/${String(month).padStart(2, "0")}/${String(year).padStart(4, "0")}`;
}

// ---- Numbers ---------------------------------------------------------------------------------------------------------

/** Vietnamese notation ("1.250.000", "12,5") or plain ("1250000", "12.5"). */
export function readNumber(text: string): number | undefined {
    const m = text.length > 40 ? null : /^(-?)([1-9]\d{0,2}(?:\.\d{3})+(?!\d)(?:,\d+)?|\d+(?:[.,]\d+)?)$/.exec(text);
    if (!m) return undefined;
    const written = m[2]!;
    const grouped = /^[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$/.test(written);
    const value = Number(m[1]! + (grouped ? written.replaceAll(".", "") : written).replace(",", "."));
    return value === 0 ? 0 : value;
}

/** Plain notation without exponent, for numbers up to 1e15. */
export function plainNumber(n: number): string {
    const text = String(n);
    return text.includes("e") ? n.toFixed(20).replace(/0+$/, "") : text;
}
