import { describe, expect, test } from "vitest";
import { formatBytes, formatDay, formatDong, formatTime } from "./i18n/format";
import { translator } from "./i18n/t";
import { nextSize, readPreferences, rootClass } from "./preferences";
import { fold, matches } from "./search/fold";

describe("translator", () => {
    const t = translator({ hello: "Chào {name}, {count} hồ sơ", plain: "Xong" });
    test("fills placeholders", () => expect(t("hello", { name: "Lan", count: 2 })).toBe("Chào Lan, 2 hồ sơ"));
    test("leaves an unknown placeholder in sight", () => expect(t("hello", { count: 0 })).toBe("Chào {name}, 0 hồ sơ"));
    test("shows an unknown key", () => expect(t("none")).toBe("none"));
});

describe("format", () => {
    test("days", () => {
        expect(formatDay("2026-03-02")).toBe("02/03/2026");
        expect(formatDay("chưa rõ")).toBe("chưa rõ");
    });
    test("times keep the zone that the server wrote", () => expect(formatTime("2026-11-21T08:30:00+07:00")).toBe("08:30 21/11/2026"));
    test("đồng", () => {
        expect(formatDong(0)).toBe("0 đ");
        expect(formatDong(25000)).toBe("25.000 đ");
        expect(formatDong(1234567890)).toBe("1.234.567.890 đ");
        expect(formatDong(-5000)).toBe("-5.000 đ");
    });
    test("bytes", () => {
        expect(formatBytes(512)).toBe("512 B");
        expect(formatBytes(1536)).toBe("1,5 KB");
        expect(formatBytes(10e6)).toBe("10 MB");
    });
});

describe("fold", () => {
    test("hoà, hòa, composed and decomposed are one", () => {
        for (const text of ["Hoà", "hòa", "HÒA".normalize("NFD"), "hoà".normalize("NFD")]) expect(fold(text)).toBe("hoa");
    });
    test("đ is d, signs are spaces", () => expect(fold("  Đăng ký – khai sinh (1) ")).toBe("dang ky khai sinh 1"));
    test("words match at their beginnings in any order", () => {
        expect(matches("Phường Rạch Giá", "gia rach")).toBe(true);
        expect(matches("Phường Rạch Giá", "ach")).toBe(false);
        expect(matches("Phường Rạch Giá", "")).toBe(true);
    });
});

describe("preferences", () => {
    test("read from a cookie header", () => {
        expect(readPreferences("a=1; text=large; contrast=more")).toEqual({ text: "large", contrast: true });
        expect(readPreferences("text=enormous; subtext=large")).toEqual({ text: "normal", contrast: false });
    });
    test("as classes", () => {
        expect(rootClass({ text: "normal", contrast: false })).toBe("");
        expect(rootClass({ text: "larger", contrast: true })).toBe("larger contrast");
    });
    test("sizes go round", () => expect([nextSize("normal"), nextSize("large"), nextSize("larger")]).toEqual(["large", "larger", "normal"]));
});
