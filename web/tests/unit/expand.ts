// Expands the shared parts of a shipped form, as src/forms/fragments.cpp does, so that tests can judge what ships.
// Browsers never need it: the server sends definitions expanded.
import type { Definition, Field, Rule, Step } from "../../src/core/forms/model";

interface Use {
    use: string;
    drop?: string[];
    set?: Record<string, Record<string, unknown>>;
}
interface Part {
    fields?: (Field | Use)[];
    rules?: Rule[];
    step?: Step;
}
export interface Fragments {
    parts: Record<string, Part>;
    lists: Record<string, [string, { vi: string; en: string }][]>;
}

const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

export function expand(source: Definition, shared: Fragments): Definition {
    const definition = clone(source);
    const topRules: Rule[] = [...(definition.rules ?? [])];

    const fieldsOf = (list: (Field | Use)[], rules: Rule[]): Field[] =>
        list.flatMap((entry): Field[] => {
            if (!("use" in entry)) return [withContent(entry)];
            const part = clone(shared.parts[entry.use]!);
            const inner = fieldsOf(part.fields!, rules).filter((field) => !entry.drop?.includes(field.n));
            for (const [name, changes] of Object.entries(entry.set ?? {})) {
                const field = inner.find(({ n }) => n === name) as unknown as Record<string, unknown>;
                for (const [key, value] of Object.entries(changes)) {
                    if (value === null) delete field[key];
                    else field[key] = value;
                }
            }
            rules.push(...(part.rules ?? []));
            return inner;
        });
    const withContent = (field: Field): Field => {
        const out = { ...field };
        if (typeof field.o === "string") out.o = shared.lists[field.o]!;
        if (field.fields) {
            const rules = [...(field.rules ?? [])];
            out.fields = fieldsOf(field.fields, rules);
            if (rules.length) out.rules = rules;
        }
        return out;
    };

    definition.steps = definition.steps.map((entry) => {
        const { use, ...own } = entry as Step & Partial<Use>;
        const step = use ? { ...clone(shared.parts[use]!.step!), ...own } : entry;
        return { ...step, fields: fieldsOf(step.fields, topRules) };
    });
    if (topRules.length) definition.rules = topRules;
    return definition;
}
