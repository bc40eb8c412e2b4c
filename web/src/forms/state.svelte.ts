// A form being filled in: entries, what is shown and required, and the errors. Framework-free judging is core/forms; this adds when an
// error is shown: nothing before the first attempt to send, then at every change; what the server found stays until its field changes.
import type { Answer, Answers, Definition } from "../core/forms/model";
import { validate } from "../core/forms/validate";
import { toAnswers, toEntries } from "./entry";

export interface ShownError {
    path: string;
    sentence: string;
}
export interface ServerError {
    path: string;
    detail: string;
}
type Say = (reason: string, params: Record<string, string>) => string;

function within(values: Answers, path: string): Answer | undefined {
    let value: Answer | undefined = values;
    for (const name of path.split("/")) {
        if (typeof value !== "object" || value === null) return undefined;
        value = (value as Answers)[name];
    }
    return value;
}

export class FormState {
    entries: Answers = $state({});
    private tried = $state(false);
    private fromServer: ServerError[] = $state([]);
    readonly definition: Definition;
    private readonly today: string;
    private readonly say: Say;

    readonly judged = $derived.by(() => validate(this.definition, toAnswers(this.definition, this.entries), { today: this.today }));
    readonly errors: ShownError[] = $derived.by(() => {
        const own = this.tried ? this.judged.errors.map(({ path, reason, params }) => ({ path, sentence: this.say(reason, params) })) : [];
        const known = new Set(own.map((error) => error.path));
        return [...own, ...this.fromServer.filter((e) => !known.has(e.path)).map((e) => ({ path: e.path, sentence: e.detail }))];
    });

    constructor(definition: Definition, answers: Answers, today: string, say: Say, errors: ServerError[] = []) {
        this.definition = definition;
        this.today = today;
        this.say = say;
        this.fromServer = errors;
        this.replace(answers);
    }

    /** Puts stored answers in the place of what is there; fields without an answer get their preset value. */
    replace(answers: Answers) {
        const presets: Answers = {};
        for (const step of this.definition.steps) for (const field of step.fields) if (field.def !== undefined) presets[field.n] = field.def;
        this.entries = toEntries(this.definition, { ...presets, ...answers });
    }

    isShown(path: string): boolean {
        return this.judged.shown.has(path);
    }
    isRequired(path: string): boolean {
        return this.judged.shown.get(path)?.required ?? false;
    }
    errorOf(path: string): string | undefined {
        return this.errors.find((error) => error.path === path)?.sentence;
    }

    /** A copy of what was entered, in the notation of stored answers, valid or not. */
    answers(): Answers {
        return toAnswers(this.definition, $state.snapshot(this.entries as object) as Answers);
    }
    /** The entry at a path, as typed. */
    at(path: string): Answer | undefined {
        return within(this.entries, path);
    }
    /** The judged answer at a path: computed fields have one too. */
    valueOf(path: string): Answer | undefined {
        return within(this.judged.answers, path);
    }

    set(path: string, value: Answer) {
        const names = path.split("/");
        const last = names.pop()!;
        let holder: Answers = this.entries;
        for (const name of names) {
            if (typeof holder[name] !== "object" || holder[name] === null) holder[name] = {};
            holder = holder[name] as Answers;
        }
        holder[last] = value;
        this.fromServer = this.fromServer.filter((error) => error.path !== path && !error.path.startsWith(`${path}/`));
    }

    addRow(path: string) {
        const rows = this.at(path);
        this.set(path, [...(Array.isArray(rows) ? rows : []), {}]);
    }
    removeRow(path: string, index: number) {
        const rows = this.at(path);
        if (Array.isArray(rows)) this.set(path, rows.filter((_, i) => i !== index));
    }

    /** Before sending: shows what is wrong from now on; true when nothing is. */
    check(): boolean {
        this.tried = true;
        this.fromServer = [];
        return this.judged.errors.length === 0;
    }
    refuse(errors: ServerError[]) {
        this.tried = true;
        this.fromServer = errors;
    }
}
