// Reads one expression into a tree. The twin of src/expression/parser.cpp: recursive descent over the text itself, since
// the names of functions have spaces in them. Grammar: docs/expressions.md.

import { findFunction, findMethod } from "./functions";
import type { Json } from "./values";

export type Op =
    | "literal" | "variable" | "list" | "object" | "range" | "negate" | "not" | "or" | "and" | "=" | "!=" | "<" | "<=" | ">"
    | ">=" | "+" | "-" | "*" | "/" | "%" | "**" | "if" | "member" | "index" | "in" | "between" | "call" | "some" | "every"
    | "for" | "empty";

export interface Node {
    op: Op;
    a?: Node;
    b?: Node;
    c?: Node;
    items?: Node[];
    /** variable, member, bound name, function, or the bounds of a range: "[)" */
    text?: string;
    keys?: string[];
    value?: Json;
}

export interface Program {
    root: Node;
    /** Written `${…}`: list indices count from 0. */
    zeroBased: boolean;
}

const bytesMax = 8192;
const depthMax = 100;
const reserved = new Set(
    "and or not if then else true false null in between some every for return satisfies div mod eq ne lt le gt ge empty".split(" "),
);

/** Thrown by compile(): the reasons of src/expression/expression.hpp. */
export class ExpressionError extends Error {
    readonly reason: string;
    constructor(reason: string, detail = "") {
        super(`${reason} ${detail}`);
        this.reason = reason;
    }
}

const isSpace = (c: string | undefined) => c !== undefined && " \t\n\v\f\r".includes(c);
const isDigit = (c: string | undefined) => c !== undefined && c >= "0" && c <= "9";
const isNameStart = (c: string | undefined) => c !== undefined && /[A-Za-z_\u0080-\uffff]/.test(c);
const isNamePart = (c: string | undefined) => isNameStart(c) || isDigit(c) || c === "$";

class Parser {
    private readonly text: string;
    private at: number;
    private depth = 0;

    constructor(text: string, offset: number) {
        this.text = text;
        this.at = offset;
    }

    toEnd(): Node {
        const root = this.expression();
        this.skipSpace();
        if (this.at !== this.text.length) this.malformed();
        return root;
    }
    embedded(): Node {
        const root = this.expression();
        if (!this.take("}")) this.malformed();
        this.skipSpace();
        if (this.at !== this.text.length) this.malformed();
        return root;
    }

    private malformed(): never {
        throw new ExpressionError("expression.malformed", `${this.at + 1} ${this.text}`);
    }
    private skipSpace() {
        while (isSpace(this.text[this.at])) this.at++;
    }
    private lookingAt(s: string): boolean {
        this.skipSpace();
        return this.text.startsWith(s, this.at);
    }
    private take(s: string): boolean {
        if (!this.lookingAt(s)) return false;
        this.at += s.length;
        return true;
    }
    private takeWord(word: string): boolean {
        if (!this.lookingAt(word) || isNamePart(this.text[this.at + word.length])) return false;
        this.at += word.length;
        return true;
    }
    private peekName(): string {
        this.skipSpace();
        if (!isNameStart(this.text[this.at])) return "";
        let end = this.at;
        while (isNamePart(this.text[end])) end++;
        return this.text.slice(this.at, end);
    }
    private takeName(): string {
        const name = this.peekName();
        if (!name || reserved.has(name)) this.malformed();
        this.at += name.length;
        return name;
    }
    private deeper<T>(read: () => T): T {
        if (++this.depth > depthMax) throw new ExpressionError("expression.too_deep");
        const result = read();
        this.depth--;
        return result;
    }

    private expression(): Node {
        return this.deeper(() => {
            if (this.takeWord("if")) {
                const a = this.expression();
                if (!this.takeWord("then")) this.malformed();
                const b = this.expression();
                if (!this.takeWord("else")) this.malformed();
                return { op: "if", a, b, c: this.expression() };
            }
            if (this.takeWord("for")) return this.quantified("for", "return");
            if (this.takeWord("some")) return this.quantified("some", "satisfies");
            if (this.takeWord("every")) return this.quantified("every", "satisfies");
            const a = this.disjunction();
            if (!this.take("?")) return a;
            const b = this.expression();
            if (!this.take(":")) this.malformed();
            return { op: "if", a, b, c: this.expression() };
        });
    }
    private quantified(op: Op, word: string): Node {
        const text = this.takeName();
        if (!this.takeWord("in")) this.malformed();
        const a = this.expression();
        if (!this.takeWord(word)) this.malformed();
        return { op, a, b: this.expression(), text };
    }
    private disjunction(): Node {
        let a = this.conjunction();
        while (this.take("||") || this.takeWord("or")) a = { op: "or", a, b: this.conjunction() };
        return a;
    }
    private conjunction(): Node {
        let a = this.comparison();
        while (this.take("&&") || this.takeWord("and")) a = { op: "and", a, b: this.comparison() };
        return a;
    }
    private comparisonSign(): Op | undefined {
        for (const [sign, op] of [["==", "="], ["!=", "!="], ["<=", "<="], [">=", ">="], ["=", "="], ["<", "<"], [">", ">"]] as const)
            if (this.take(sign)) return op;
        for (const [word, op] of [["eq", "="], ["ne", "!="], ["le", "<="], ["ge", ">="], ["lt", "<"], ["gt", ">"]] as const)
            if (this.takeWord(word)) return op;
        return undefined;
    }
    private comparison(): Node {
        let a = this.sum();
        for (;;) {
            const op = this.comparisonSign();
            if (op) {
                a = { op, a, b: this.sum() };
            } else if (this.takeWord("between")) {
                const b = this.sum();
                if (!this.takeWord("and")) this.malformed();
                a = { op: "between", a, b, c: this.sum() };
            } else if (this.takeWord("in")) {
                a = { op: "in", a, b: this.sum() };
            } else {
                return a;
            }
        }
    }
    private sum(): Node {
        let a = this.product();
        for (;;) {
            if (this.take("+")) a = { op: "+", a, b: this.product() };
            else if (this.take("-")) a = { op: "-", a, b: this.product() };
            else return a;
        }
    }
    private product(): Node {
        let a = this.power();
        for (;;) {
            if (!this.lookingAt("**") && this.take("*")) a = { op: "*", a, b: this.power() };
            else if (this.take("/") || this.takeWord("div")) a = { op: "/", a, b: this.power() };
            else if (this.take("%") || this.takeWord("mod")) a = { op: "%", a, b: this.power() };
            else return a;
        }
    }
    private power(): Node {
        let a = this.unary();
        while (this.take("**")) a = { op: "**", a, b: this.unary() };
        return a;
    }
    private unary(): Node {
        return this.deeper((): Node => {
            if (this.take("-")) return { op: "negate", a: this.unary() };
            if (!this.lookingAt("!=") && this.take("!")) return { op: "not", a: this.unary() };
            if (this.takeWord("not")) return { op: "not", a: this.unary() };
            if (this.takeWord("empty")) return { op: "empty", a: this.unary() };
            return this.postfix();
        });
    }
    private postfix(): Node {
        let a = this.primary();
        for (;;) {
            if (!this.lookingAt("..") && this.take(".")) {
                const name = this.peekName();
                if (!name) this.malformed();
                this.at += name.length;
                if (!this.take("(")) {
                    a = { op: "member", a, text: name };
                    continue;
                }
                const method = findMethod(name);
                if (method === undefined) throw new ExpressionError("expression.unknown_function", name);
                a = { op: "call", text: method, items: [a, ...this.arguments()] };
            } else if (this.take("[")) {
                const b = this.expression();
                if (!this.take("]")) this.malformed();
                a = { op: "index", a, b };
            } else {
                return a;
            }
        }
    }
    private arguments(): Node[] {
        const result: Node[] = [];
        if (this.take(")")) return result;
        do result.push(this.expression());
        while (this.take(","));
        if (!this.take(")")) this.malformed();
        return result;
    }
    private primary(): Node {
        this.skipSpace();
        const c = this.text[this.at];
        if (c === undefined) this.malformed();
        if (c === '"' || c === "'") return { op: "literal", value: this.textLiteral(c) };
        if (isDigit(c) || (c === "." && isDigit(this.text[this.at + 1]))) return this.numberLiteral();
        if (this.take("(")) {
            const a = this.expression();
            if (this.take("..")) return this.rangeEnd("(", a);
            if (!this.take(")")) this.malformed();
            return a;
        }
        if (this.take("[")) return this.listOrRange();
        if (this.take("]")) {
            const a = this.expression();
            if (!this.take("..")) this.malformed();
            return this.rangeEnd("(", a);
        }
        if (this.take("{")) return this.objectLiteral();
        if (this.takeWord("true")) return { op: "literal", value: true };
        if (this.takeWord("false")) return { op: "literal", value: false };
        if (this.takeWord("null")) return { op: "literal", value: null };
        return this.nameOrCall();
    }
    private textLiteral(quote: string): string {
        let value = "";
        for (this.at++; this.at < this.text.length && this.text[this.at] !== quote; this.at++) {
            if (this.text[this.at] !== "\\" || this.at + 1 === this.text.length) {
                value += this.text[this.at];
                continue;
            }
            const next = this.text[++this.at]!;
            value += next === "n" ? "\n" : next === "t" ? "\t" : next;
        }
        if (this.at === this.text.length) this.malformed();
        this.at++;
        return value;
    }
    private numberLiteral(): Node {
        const found = /^(?:\d+(?:\.\d+)?|\.\d+)(?:[eE](?:-\d*|\d+))?/.exec(this.text.slice(this.at))![0];
        if (found.endsWith("-")) this.malformed();
        this.at += found.length;
        if (isNamePart(this.text[this.at])) this.malformed();
        const value = Number(found);
        if (!Number.isFinite(value)) this.malformed();
        return { op: "literal", value };
    }
    private rangeEnd(open: string, a: Node): Node {
        const b = this.expression();
        if (this.take("]")) return { op: "range", a, b, text: `${open}]` };
        if (this.take(")") || this.take("[")) return { op: "range", a, b, text: `${open})` };
        return this.malformed();
    }
    private listOrRange(): Node {
        if (this.take("]")) return { op: "list", items: [] };
        const items = [this.expression()];
        if (this.take("..")) return this.rangeEnd("[", items[0]!);
        while (this.take(",")) items.push(this.expression());
        if (!this.take("]")) this.malformed();
        return { op: "list", items };
    }
    private objectLiteral(): Node {
        const [keys, items]: [string[], Node[]] = [[], []];
        if (this.take("}")) return { op: "object", keys, items };
        do {
            this.skipSpace();
            const c = this.text[this.at];
            keys.push(c === '"' || c === "'" ? this.textLiteral(c) : this.takeName());
            if (!this.take(":")) this.malformed();
            items.push(this.expression());
        } while (this.take(","));
        if (!this.take("}")) this.malformed();
        return { op: "object", keys, items };
    }
    private nameOrCall(): Node {
        // Longest run of words that names a function and is followed by "(".
        let words = this.takeName();
        if (!this.lookingAt("(")) {
            const afterFirst = this.at;
            let longer = words;
            for (let i = 0; i < 4 && !this.lookingAt("("); i++) {
                const next = this.peekName();
                if (!next) break;
                longer += ` ${next}`;
                this.at += next.length;
            }
            if (!this.lookingAt("(") || longer === words || !findFunction(longer)) {
                this.at = afterFirst;
                return { op: "variable", text: words };
            }
            words = longer;
        }
        this.take("(");
        if (!findFunction(words)) throw new ExpressionError("expression.unknown_function", words);
        return { op: "call", text: words, items: this.arguments() };
    }
}

function height(node: Node): number {
    let most = 0;
    for (const child of [node.a, node.b, node.c, ...(node.items ?? [])]) if (child) most = Math.max(most, height(child));
    if (most + 1 > 4 * depthMax) throw new ExpressionError("expression.too_deep");
    return most + 1;
}

/** Reads `a > 3 and b`, `= a > 3` or `${a > 3}`; throws ExpressionError. */
export function parse(whole: string): Program {
    const text = whole.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
    if (new TextEncoder().encode(text).length > bytesMax) throw new ExpressionError("expression.too_long");
    const zeroBased = text.startsWith("${") || text.startsWith("#{");
    const root = zeroBased
        ? new Parser(text, 2).embedded()
        : new Parser(text, text.startsWith("=") && !text.startsWith("==") ? 1 : 0).toEnd();
    height(root);
    return { root, zeroBased };
}
