// The form definition as the server sends it (fragments expanded, checked by the server): docs/forms.md. Types only.

export type Lang = "vi" | "en" | "km";

/** A text for people; Khmer may be missing and then falls back to Vietnamese. */
export interface Text {
    vi: string;
    en: string;
    km?: string;
}

export type FieldType =
    | "text" | "area" | "number" | "money" | "date" | "radio" | "select" | "checkbox" | "consent" | "citizen_id" | "old_id"
    | "tax_code" | "phone" | "email" | "person_name" | "address" | "file" | "section" | "group" | "computed" | "info";

/** ["path.to.field", value or values], or an expression. */
export type Condition = string | [path: string, values: string | boolean | (string | boolean)[]];
type Flag = 0 | 1 | boolean;

export interface Field {
    n: string;
    t: FieldType;
    l: Text;
    h?: Text;
    if?: Condition;
    req?: Flag | Condition;
    src?: string;
    was?: string;
    def?: string | boolean | number;
    /** Characters, value, choices, files or rows; of a date a day or "today-18y". */
    min?: number | string;
    max?: number | string;
    dec?: number;
    pat?: string;
    patl?: Text;
    im?: string;
    w?: string;
    ac?: string;
    rows?: number;
    unit?: Text;
    prec?: "day" | "month" | "year";
    o?: [value: string, label: Text][];
    sex?: string;
    born?: string;
    personal?: Flag;
    mobile?: Flag;
    intl?: Flag;
    level?: "province" | "district" | "commune";
    detail?: "required" | "optional" | "none";
    abroad?: Flag;
    day?: string;
    kinds?: string[];
    bytes?: number;
    comp?: string;
    row?: Text;
    as?: "text" | "number" | "money" | "date" | "boolean";
    expr?: string;
    fields?: Field[];
    rules?: Rule[];
}

export interface Rule {
    id: string;
    at?: string;
    test: string;
    l: Text;
}

export interface Step {
    id: string;
    l: Text;
    h?: Text;
    if?: Condition;
    fields: Field[];
}

export interface Definition {
    id: string;
    version: number;
    title: Text;
    official?: string;
    comp?: string;
    from?: string;
    to?: string;
    steps: Step[];
    rules?: Rule[];
}

export type Answer = null | boolean | number | string | Answer[] | Answers;
export interface Answers {
    [name: string]: Answer;
}

export type UnitLevel = "province" | "district" | "commune";

/** What the judgement needs to know of the world. */
export interface Facts {
    /** "2026-03-02" in Viet Nam. */
    today: string;
    /** Does the code name a unit of that level on the day (null: on any day)? Without it only the form of a code is judged. */
    isUnit?: (code: string, level: UnitLevel, day: string | null) => boolean;
}

/** One wrong field: path ("mother/full_name", "children/0/born"), stable reason, values for its sentence. */
export interface FieldError {
    path: string;
    reason: string;
    params: Record<string, string>;
}

/** The text in the language asked for, and the language it is really in. */
export function textIn(text: Text, lang: Lang): { text: string; lang: Lang } {
    return lang === "km" && !text.km ? { text: text.vi, lang: "vi" } : { text: text[lang]!, lang };
}

/** The sentence of an error, from the catalogue of reasons (data/messages). */
export function sentence(error: FieldError, lang: "vi" | "en", catalogue: Record<string, { vi: string; en: string }>): string {
    const pattern = catalogue[error.reason]?.[lang] ?? `⟦${error.reason}⟧`;
    return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => error.params[name] ?? error.params[`${name}_${lang}`] ?? whole);
}
