// Judging the answers of a form: the twin of src/forms/validate.cpp with the same outcome (tests/vectors/forms is run by
// both sides). Takes the definition as the server sends it; expects it to have been checked there.

import { Scopes } from "./conditions";
import type { Answer, Answers, Definition, Facts, Field, FieldError, Rule, Text } from "./model";
import {
    birthYearOf, checkCitizenId, checkDate, checkEmail, checkOldId, checkPersonName, checkPhone, checkTaxCode, type Checked, cleanArea,
    cleanLine, compareDate, countChars, dayTextVi, Flaw, hasControl, plainNumber, readNumber, resolveBound, sexOf,
} from "./values";
import { parseDay } from "../expression/values";

export interface Validation {
    /** In the order of the form. */
    errors: FieldError[];
    /** Normalised; holds what is valid only. */
    answers: Answers;
    /** Fields that are shown, by path, and whether they must be filled in. */
    shown: Map<string, { required: boolean }>;
}

const errorsMax = 1000;
const lastPlace = Number.MAX_SAFE_INTEGER;

const isObject = (value: Answer | undefined): value is Answers => typeof value === "object" && value !== null && !Array.isArray(value);

function isBlank(value: Answer | undefined): boolean {
    if (value === undefined || value === null) return true;
    if (typeof value === "boolean") return !value;
    if (typeof value === "string") return cleanLine(value) === "";
    if (typeof value === "number") return false;
    return Object.values(value).every(isBlank);
}

/** Order of code points, as UTF-8 bytes have it. */
const byBytes = (a: string, b: string) => {
    const [x, y] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
    for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
    return x.length - y.length;
};

class Run {
    readonly errors: { place: number[]; error: FieldError }[] = [];
    readonly shown = new Map<string, { required: boolean }>();
    private readonly path: string[] = [];
    private readonly place: number[] = [];
    private readonly facts: Facts;
    private readonly draft: boolean;
    private readonly scopes: Scopes;

    constructor(facts: Facts, draft: boolean) {
        this.facts = facts;
        this.draft = draft;
        this.scopes = new Scopes(facts.today);
    }

    form(definition: Definition, values: Answers): Answers {
        const out: Answers = {};
        const all = definition.steps.flatMap((step) => step.fields);
        this.scopes.within(all, out, () => {
            let place = 0;
            for (const step of definition.steps) {
                const shown = step.if === undefined || this.scopes.holds(step.if);
                for (const field of step.fields) {
                    if (shown) this.judge(field, place, values, out);
                    place++;
                }
            }
            this.finish(all, definition.rules ?? [], values, out);
        });
        return out;
    }

    private error(reason: string, params: Record<string, string> = {}): undefined {
        if (this.errors.length < errorsMax)
            this.errors.push({ place: [...this.place], error: { path: this.path.join("/"), reason: `forms.${reason}`, params } });
    }
    private flaw(flaw: Flaw): undefined {
        this.error(flaw.reason.slice("forms.".length), flaw.params);
    }
    private inside<T>(name: string, place: number, run: () => T): T {
        this.path.push(name);
        this.place.push(place);
        const result = run();
        this.path.pop();
        this.place.pop();
        return result;
    }

    private scope(fields: Field[], rules: Rule[], values: Answers, out: Answers) {
        this.scopes.within(fields, out, () => {
            fields.forEach((field, place) => this.judge(field, place, values, out));
            this.finish(fields, rules, values, out);
        });
    }

    private judge(field: Field, place: number, values: Answers, out: Answers) {
        if (field.if !== undefined && !this.scopes.holds(field.if)) return;
        this.inside(field.n, place, () => {
            const required = !this.draft && this.isRequired(field);
            this.shown.set(this.path.join("/"), { required: required && field.t !== "section" });
            if (field.t === "info") return;
            const value = this.answer(field, Object.hasOwn(values, field.n) ? values[field.n] : undefined, required);
            if (value !== undefined && value !== null) out[field.n] = value;
        });
    }

    private isRequired(field: Field): boolean {
        const req = field.req;
        if (req === undefined) return field.t === "section";
        return typeof req === "string" || Array.isArray(req) ? this.scopes.holds(req) : req === 1 || req === true;
    }

    private answer(field: Field, given: Answer | undefined, required: boolean): Answer | undefined {
        if (field.t === "computed") return this.compute(field);
        if (field.t === "section") return this.section(field, given, required);
        if (isBlank(given) && !(field.t === "group" && Array.isArray(given) && given.length > 0)) {
            if (required) this.error(field.t === "consent" ? "consent_required" : "required");
            return field.t === "consent" && given === false ? false : undefined;
        }
        return this.canonical(field, given!, required);
    }

    private section(field: Field, given: Answer | undefined, required: boolean): Answer | undefined {
        if (!isObject(given) && !isBlank(given)) return this.error("wrong_type", { expected: "object" });
        if (isBlank(given) && !required) return undefined;
        const inner: Answers = {};
        this.scope(field.fields!, field.rules ?? [], isObject(given) ? given : {}, inner);
        return Object.keys(inner).length ? inner : undefined;
    }

    private compute(field: Field): Answer | undefined {
        const value = this.scopes.evaluate(field.expr!);
        switch (field.as) {
            case "text":
                return typeof value === "string" ? value : undefined;
            case "boolean":
                return typeof value === "boolean" ? value : undefined;
            case "date":
                return typeof value === "string" && !(checkDate(value, "year") instanceof Flaw) ? value : undefined;
            default: {
                if (typeof value !== "number") return undefined;
                const number = field.as === "money" ? Math.floor(value + 0.5) : value;
                return Math.abs(number) <= 1e15 ? number : undefined;
            }
        }
    }

    private canonical(field: Field, given: Answer, required: boolean): Answer | undefined {
        switch (field.t) {
            case "number":
            case "money":
                return this.number(field, given);
            case "checkbox":
                return this.choices(field, given);
            case "consent":
                return given === true ? true : this.wrongType("boolean");
            case "address":
                return this.address(field, given);
            case "file":
                return this.files(field, given);
            case "group":
                return this.rows(field, given, required);
            default:
        }
        if (typeof given !== "string") return this.wrongType("string");
        if (field.t === "area") return this.bounded(field, cleanArea(given), "\t\n", 4000);
        const text = cleanLine(given);
        switch (field.t) {
            case "text":
                return this.bounded(field, text, "", 255);
            case "radio":
            case "select":
                return field.o!.some(([value]) => value === text) ? text : this.error("not_an_option");
            case "date":
                return this.date(field, text);
            case "citizen_id":
                return this.settled(checkCitizenId(text, this.facts.today));
            case "old_id":
                return this.settled(checkOldId(text));
            case "tax_code":
                return this.settled(checkTaxCode(text, Boolean(field.personal), this.facts.today));
            case "phone":
                return this.settled(checkPhone(text, Boolean(field.mobile), Boolean(field.intl)));
            case "email":
                return this.settled(checkEmail(text));
            case "person_name":
                return this.settled(checkPersonName(text, Number(field.max ?? 100)));
            default:
                return undefined;
        }
    }

    private wrongType(expected: string): undefined {
        this.error("wrong_type", { expected });
    }
    private settled(checked: Checked): string | undefined {
        return checked instanceof Flaw ? this.flaw(checked) : checked;
    }
    private ownText(text: Text): Record<string, string> {
        return { text_vi: text.vi, text_en: text.en };
    }

    private bounded(field: Field, text: string, allowed: string, usual: number): string | undefined {
        const chars = countChars(text);
        const most = Number(field.max ?? usual);
        if (hasControl(text, allowed)) return this.error("control_character");
        if (chars > most) return this.error("too_long", { max: String(most) });
        if (field.min !== undefined && chars < Number(field.min)) return this.error("too_short", { min: String(field.min) });
        if (field.pat && !new RegExp(field.pat, "u").test(text))
            return field.patl ? this.error("pattern_own", this.ownText(field.patl)) : this.error("pattern");
        return text;
    }

    private number(field: Field, given: Answer): number | undefined {
        const money = field.t === "money";
        let value: number | undefined;
        if (typeof given === "number") value = given;
        else if (typeof given === "string") value = readNumber(cleanLine(money ? cleanLine(given).replace(/(?:đồng|đ|VND|VNĐ)$/, "") : given));
        else return this.wrongType("number");
        if (value === undefined) return this.error(money ? "money_malformed" : "number_malformed");
        const [least, most] = [Number(field.min ?? (money ? 0 : -1e15)), Number(field.max ?? 1e15)];
        if (value > most) return this.error("too_large", { max: plainNumber(most) });
        if (value < least) return this.error("too_small", { min: plainNumber(least) });
        const decimals = plainNumber(value).split(".")[1]?.length ?? 0;
        const allowed = field.dec ?? 0;
        if (decimals > allowed) return allowed === 0 ? this.error("not_whole") : this.error("decimals", { max: String(allowed) });
        return value === 0 ? 0 : value;
    }

    private date(field: Field, text: string): string | undefined {
        const checked = checkDate(text, field.prec ?? "day");
        if (checked instanceof Flaw) return this.flaw(checked);
        const [least, most] = [field.min, field.max].map((b) => (b === undefined ? undefined : resolveBound(String(b), this.facts.today)));
        if (least !== undefined && compareDate(text, least) < 0) return this.error("date_too_early", { min: dayTextVi(least) });
        if (most !== undefined && compareDate(text, most) > 0) return this.error("date_too_late", { max: dayTextVi(most) });
        return text;
    }

    private choices(field: Field, given: Answer): Answer[] | undefined {
        if (!Array.isArray(given)) return this.wrongType("array");
        const out = field.o!.map(([value]) => value).filter((value) => given.includes(value)); // in the order of the form, each once
        if (out.length !== given.length) return this.error("not_an_option");
        if (field.min !== undefined && out.length < Number(field.min) && !this.draft) return this.error("too_few", { min: String(field.min) });
        if (field.max !== undefined && out.length > Number(field.max)) return this.error("too_many", { max: String(field.max) });
        return out;
    }

    /** One member of an address or a file: its text, cleaned; undefined after an error. */
    private member(object: Answers, key: string, charsMax: number): string | undefined {
        const value = Object.hasOwn(object, key) ? object[key] : null;
        if (value === null) return "";
        return this.inside(key, 0, () => {
            if (typeof value !== "string") return this.wrongType("string");
            const text = cleanLine(value);
            if (hasControl(text, "")) return this.error("control_character");
            return countChars(text) > charsMax ? this.error("too_long", { max: String(charsMax) }) : text;
        });
    }

    private address(field: Field, given: Answer): Answers | undefined {
        if (!isObject(given)) return this.wrongType("object");
        const before = this.errors.length;
        for (const key of Object.keys(given))
            if (!["unit", "detail", "country"].includes(key)) this.inside(key, 0, () => this.error("unknown_field"));
        const [unit, detail, country] = [this.member(given, "unit", 10), this.member(given, "detail", 300), this.member(given, "country", 2)];
        if (unit === undefined || detail === undefined || country === undefined || this.errors.length > before) return undefined;
        const out: Answers = {};
        if (country !== "" && country !== "VN") {
            this.inside("country", 0, () => {
                if (!field.abroad) this.error("address_abroad");
                else if (!/^[A-Z]{2}$/.test(country)) this.error("country_malformed");
                else out["country"] = country;
            });
        } else {
            this.inside("unit", 0, () => {
                if (unit === "") {
                    if (!this.draft) this.error("unit_required");
                } else if (this.isKnownUnit(field, unit)) {
                    out["unit"] = unit;
                }
            });
        }
        const rule = field.detail ?? "required";
        if (rule === "none" ? detail !== "" : rule === "required" && detail === "" && !this.draft)
            this.inside("detail", 1, () => this.error(detail === "" ? "detail_required" : "unknown_field"));
        if (detail !== "") out["detail"] = detail;
        return this.errors.length > before || Object.keys(out).length === 0 ? undefined : out;
    }

    private isKnownUnit(field: Field, unit: string): boolean {
        const level = field.level ?? "commune";
        const digits = { province: 2, district: 3, commune: 5 }[level];
        if (unit.length !== digits || !/^[0-9]+$/.test(unit)) {
            this.error("unit_malformed", { digits: String(digits) });
            return false;
        }
        if (!this.facts.isUnit) return true;
        let day: string | null = field.day === "any" ? null : this.facts.today;
        if (field.day !== undefined && field.day !== "any" && field.day !== "today") {
            const date = this.scopes.find(field.day);
            day = typeof date === "string" && parseDay(date) ? date : null;
        }
        if (this.facts.isUnit(unit, level, day)) return true;
        if (day) this.error("unit_unknown_on", { unit, day: dayTextVi(parseDay(day)!.days) });
        else this.error("unit_unknown", { unit });
        return false;
    }

    private files(field: Field, given: Answer): Answer[] | undefined {
        if (!Array.isArray(given)) return this.wrongType("array");
        const before = this.errors.length;
        const most = Number(field.max ?? 10);
        if (given.length > most) return this.error("too_many_files", { max: String(most) });
        if (field.min !== undefined && given.length < Number(field.min) && !this.draft) this.error("too_few_files", { min: String(field.min) });
        const out = given.map((one, i) => this.inside(String(i), i, () => this.file(field, one)));
        return this.errors.length > before ? undefined : (out as Answer[]);
    }

    private file(field: Field, given: Answer): Answers | undefined {
        const shape = "id, name, kind, bytes";
        if (!isObject(given)) return this.wrongType("object");
        if (Object.keys(given).some((key) => !shape.split(", ").includes(key))) return this.wrongType(shape);
        const [id, name, kind] = [this.member(given, "id", 100), this.member(given, "name", 255), this.member(given, "kind", 8)];
        const bytes = given["bytes"];
        if (id === undefined || name === undefined || kind === undefined) return undefined;
        if (!id || !name || typeof bytes !== "number" || !(bytes >= 0 && bytes <= 1e15) || !Number.isInteger(bytes)) return this.wrongType(shape);
        const most = field.bytes ?? 20e6;
        if (!field.kinds!.includes(kind)) return this.error("file_kind", { kind, kinds: field.kinds!.join(", ") });
        if (bytes === 0) return this.error("file_empty");
        if (bytes > most) return this.error("file_too_big", { megabytes: plainNumber(Math.floor(most / 1e5) / 10) });
        return { id, name, kind, bytes };
    }

    private rows(field: Field, given: Answer, required: boolean): Answer[] | undefined {
        if (!Array.isArray(given)) return this.wrongType("array");
        const most = Number(field.max ?? 50);
        if (given.length > most) return this.error("too_many_rows", { max: String(most) });
        const least = Math.max(Number(field.min ?? 0), required ? 1 : 0);
        if (given.length < least && !this.draft) this.error("too_few_rows", { min: String(least) });
        return given.map((row, i) =>
            this.inside(String(i), i, () => {
                const out: Answers = {};
                if (isObject(row)) this.scope(field.fields!, field.rules ?? [], row, out);
                else this.wrongType("object");
                return out;
            }),
        );
    }

    /** What needs every field of the scope: links between fields, rules, keys that no field has. */
    private finish(fields: Field[], rules: Rule[], values: Answers, out: Answers) {
        fields.forEach((field, place) => {
            if (field.t === "citizen_id") this.inside(field.n, place, () => this.citizenLinks(field, out));
        });
        if (!this.draft) for (const rule of rules) if (this.scopes.evaluate(rule.test) === false) this.broken(fields, rule);
        const known = new Set(fields.filter((field) => field.t !== "info").map((field) => field.n));
        for (const key of Object.keys(values).filter((name) => !known.has(name)).sort(byBytes))
            this.inside(key, lastPlace, () => this.error("unknown_field"));
    }

    private broken(fields: Field[], rule: Rule) {
        const names = rule.at ? rule.at.split("/") : [];
        const report = (at: Field[], i: number): void => {
            if (i === names.length) {
                this.error("rule", { rule: rule.id, ...this.ownText(rule.l) });
                return;
            }
            const place = at.findIndex((field) => field.n === names[i]);
            this.inside(names[i]!, place, () => report(at[place]?.fields ?? [], i + 1));
        };
        if (names.length) {
            report(fields, 0);
        } else {
            this.place.push(lastPlace);
            report(fields, 0);
            this.place.pop();
        }
    }

    private citizenLinks(field: Field, out: Answers) {
        const id = out[field.n];
        if (typeof id !== "string") return;
        const [sex, born] = [out[field.sex ?? ""], out[field.born ?? ""]];
        if ((sex === "male" || sex === "female") && sex !== sexOf(id)) this.error("citizen_id_sex");
        const year = String(birthYearOf(id));
        if (typeof born === "string" && born.slice(0, 4) !== year) this.error("citizen_id_born", { year, born: born.slice(0, 4) });
    }
}

function comparePlaces(a: number[], b: number[]): number {
    for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
    return a.length - b.length;
}

/** `draft`: to be saved for later, so nothing is required yet and rules wait. */
export function validate(definition: Definition, values: Answers, facts: Facts, completeness: "complete" | "draft" = "complete"): Validation {
    const run = new Run(facts, completeness === "draft");
    const answers = run.form(definition, values);
    const errors = run.errors.sort((a, b) => comparePlaces(a.place, b.place)).map(({ error }) => error);
    return { errors, answers, shown: run.shown };
}
