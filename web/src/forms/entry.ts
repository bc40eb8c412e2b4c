// Between what people type and what the engine judges: nested answers with raw strings become canonical notation where the engine
// asks for one (dates), and stored answers become what an input shows. The server does the same for forms sent without scripts.
import type { Answer, Answers, Definition, Field } from "../core/forms/model";

/** "2/3/2026", "02.03.2026", "2 3 2026" or "02032026" → "2026-03-02"; "3/2026" → "2026-03"; anything else unchanged. */
export function readDate(text: string): string {
    const clean = text.trim();
    const two = (digits: string) => digits.padStart(2, "0");
    const day = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$/.exec(clean) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(clean);
    if (day) return `${day[3]}-${two(day[2]!)}-${two(day[1]!)}`;
    const month = /^(\d{1,2})[/.\- ](\d{4})$/.exec(clean);
    return month ? `${month[2]}-${two(month[1]!)}` : clean;
}

/** "2026-03-02" → "02/03/2026", "2026-03" → "03/2026"; anything else unchanged. */
export function showDate(text: string): string {
    return /^\d{4}-\d{2}(-\d{2})?$/.test(text) ? text.split("-").reverse().join("/") : text;
}

/** The extension of a file name in lower case, with the usual other spellings made one. */
export function kindOf(name: string): string {
    const kind = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
    return { jpeg: "jpg", tif: "tiff", htm: "html" }[kind] ?? kind;
}

function convert(fields: Field[], values: Answers, date: (text: string) => string): Answers {
    const out: Answers = {};
    for (const field of fields) {
        const value = values[field.n];
        if (value === undefined) continue;
        out[field.n] = convertOne(field, value, date);
    }
    return out;
}

function convertOne(field: Field, value: Answer, date: (text: string) => string): Answer {
    const inner = (one: Answer) => (one && typeof one === "object" && !Array.isArray(one) ? convert(field.fields ?? [], one, date) : one);
    if (field.t === "date" && typeof value === "string") return date(value);
    if (field.t === "section") return inner(value);
    if (field.t === "group" && Array.isArray(value)) return value.map(inner);
    return value;
}

const fieldsOf = (definition: Definition) => definition.steps.flatMap((step) => step.fields);

/** Raw entries → answers for validate(). */
export const toAnswers = (definition: Definition, entries: Answers) => convert(fieldsOf(definition), entries, readDate);
/** Stored answers → entries for the inputs. */
export const toEntries = (definition: Definition, answers: Answers) => convert(fieldsOf(definition), answers, showDate);

/** The field at an answer path; group rows by any index. */
export function fieldAt(definition: Definition, path: string): Field | undefined {
    let fields: Field[] | undefined = fieldsOf(definition);
    let found: Field | undefined;
    for (const name of path.split("/")) {
        if (found?.t === "group" && /^\d+$/.test(name)) continue;
        const next: Field | undefined = fields?.find((field) => field.n === name);
        if (!next) break;
        found = next;
        fields = next.fields;
    }
    return found;
}
