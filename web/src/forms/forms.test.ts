import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import type { Answers, Definition, Field } from "../core/forms/model";
import { translator } from "../core/i18n/t";
import reasons from "../../../data/messages/forms.json";
import messages from "../../messages/vi/form.json";
import FormRenderer from "./FormRenderer.svelte";
import { fieldAt, kindOf, readDate, showDate, toAnswers, toEntries } from "./entry";
import { FormState, type ServerError } from "./state.svelte";

const label = (vi: string) => ({ vi, en: vi });
const catalogue = { ...messages, ...Object.fromEntries(Object.entries(reasons).map(([reason, text]) => [reason, text.vi])) };
const t = translator(catalogue);

function definition(...fields: Field[]): Definition {
    return { id: "thu", version: 1, title: label("Thử"), steps: [{ id: "a", l: label("Phần A"), fields }] };
}
function show(fields: Field[], answers: Answers = {}, errors: ServerError[] = []) {
    const form = new FormState(definition(...fields), answers, "2026-03-02", t, errors);
    render(FormRenderer, { form, t, lang: "vi", units: { commune: [["30760", "Phường Rạch Giá"], ["30769", "Phường Vĩnh Thông"]] } });
    return { form, user: userEvent.setup() };
}

describe("entries", () => {
    test("dates as people write them", () => {
        for (const text of ["2/3/2026", "02.03.2026", " 2-3-2026 ", "2 3 2026", "02032026", "2026-03-02"]) expect(readDate(text)).toBe("2026-03-02");
        expect(readDate("3/2026")).toBe("2026-03");
        expect(readDate("1990")).toBe("1990");
        expect(readDate("mùng hai Tết")).toBe("mùng hai Tết");
        expect(showDate("2026-03-02")).toBe("02/03/2026");
        expect(showDate("2026-03")).toBe("03/2026");
        expect(showDate("1990")).toBe("1990");
    });
    test("dates in sections and rows are converted, other values are not", () => {
        const form = definition(
            { n: "mother", t: "section", l: label("Mẹ"), fields: [{ n: "born", t: "date", l: label("Ngày sinh") }] },
            { n: "children", t: "group", l: label("Con"), fields: [{ n: "born", t: "date", l: label("Ngày sinh") }] },
            { n: "note", t: "text", l: label("Ghi chú") },
        );
        const answers = { mother: { born: "1990-03-27" }, children: [{ born: "2026-03-02" }], note: "2026-03-02" };
        const entries = { mother: { born: "27/03/1990" }, children: [{ born: "02/03/2026" }], note: "2026-03-02" };
        expect(toEntries(form, answers)).toEqual(entries);
        expect(toAnswers(form, entries)).toEqual(answers);
        expect(fieldAt(form, "children/3/born")?.t).toBe("date");
        expect(fieldAt(form, "nothing")).toBeUndefined();
    });
    test("kinds of files", () => {
        expect(kindOf("Giấy.PDF")).toBe("pdf");
        expect(kindOf("anh.jpeg")).toBe("jpg");
        expect(kindOf("khong-duoi")).toBe("");
    });
});

describe("FormRenderer", () => {
    const name: Field = { n: "full_name", t: "person_name", l: label("Họ và tên"), h: label("Như trên giấy tờ"), req: 1 };
    const way: Field = { n: "way", t: "radio", l: label("Cách nhận"), o: [["post", label("Bưu chính")], ["counter", label("Tại quầy")]], req: 1 };
    const where: Field = { n: "where", t: "text", l: label("Nơi nhận"), req: 1, if: ["way", "post"] };

    test("shows a conditional field only when its condition holds", async () => {
        const { user } = show([name, way, where]);
        expect(screen.queryByLabelText("Nơi nhận")).toBeNull();
        await user.click(screen.getByLabelText("Bưu chính"));
        expect(screen.getByLabelText("Nơi nhận")).toBeTruthy();
        await user.click(screen.getByLabelText("Tại quầy"));
        expect(screen.queryByLabelText("Nơi nhận")).toBeNull();
    });

    test("says nothing before the first attempt, then names each error at its field and in the summary", async () => {
        const { form, user } = show([name, way]);
        expect(screen.queryByRole("alert")).toBeNull();
        expect(form.check()).toBe(false);
        expect(await screen.findByText("Có 2 chỗ cần sửa")).toBeTruthy();
        const input = screen.getByLabelText("Họ và tên");
        expect(input.getAttribute("aria-invalid")).toBe("true");
        expect(input.getAttribute("aria-describedby")).toBe("full_name-hint full_name-error");
        expect(document.getElementById("full_name-error")?.textContent).toContain(reasons["forms.required"].vi);
        await user.type(input, "Lê Thị Mơ");
        expect(input.getAttribute("aria-invalid")).toBeNull();
        expect(screen.getByText("Có 1 chỗ cần sửa")).toBeTruthy();
    });

    test("keeps what the server found until its field changes", async () => {
        const { form, user } = show([name], { full_name: "Lê Thị Mơ" }, [{ path: "full_name", detail: "Tên không khớp với CSDL." }]);
        expect(form.errors).toEqual([{ path: "full_name", sentence: "Tên không khớp với CSDL." }]);
        await user.type(screen.getByLabelText("Họ và tên"), "n");
        expect(form.errors).toEqual([]);
    });

    test("rows are added, filled and removed", async () => {
        const group: Field = { n: "children", t: "group", l: label("Các con"), row: label("người con"), fields: [{ n: "name", t: "text", l: label("Tên"), req: 1 }] };
        const { form, user } = show([group]);
        await user.click(screen.getByText("Thêm người con"));
        await user.click(screen.getByText("Thêm người con"));
        await user.type(screen.getAllByLabelText("Tên")[1]!, "Bình");
        expect(form.answers()).toEqual({ children: [{}, { name: "Bình" }] });
        await user.click(screen.getByText("Xóa người con số 1"));
        expect(form.answers()).toEqual({ children: [{ name: "Bình" }] });
        expect(form.check()).toBe(true);
    });

    test("an address is a unit and a detail", async () => {
        const { form, user } = show([{ n: "home", t: "address", l: label("Nơi ở"), req: 1 }]);
        await user.selectOptions(screen.getByLabelText("Xã, phường, đặc khu"), "30760");
        await user.type(screen.getByLabelText("Số nhà, đường, ấp"), "12 Nguyễn Trung Trực");
        expect(form.answers()).toEqual({ home: { unit: "30760", detail: "12 Nguyễn Trung Trực" } });
        expect(form.check()).toBe(true);
    });

    test("a file of the wrong kind or size is refused before sending", async () => {
        const field: Field = { n: "paper", t: "file", l: label("Giấy tờ"), kinds: ["pdf"], bytes: 10, max: 1, req: 1 };
        const { form } = show([field]);
        const input = screen.getByLabelText("Giấy tờ") as HTMLInputElement;
        const choose = async (file: File) => {
            Object.defineProperty(input, "files", { value: [file], configurable: true });
            input.dispatchEvent(new Event("change", { bubbles: true }));
        };
        await choose(new File(["x"], "a.exe"));
        form.check();
        expect(form.errors.map((e) => e.path)).toEqual(["paper/0"]);
        await choose(new File(["x".repeat(11)], "a.pdf"));
        expect(form.errors[0]?.sentence).toContain("lớn hơn");
        await choose(new File(["x"], "a.pdf"));
        expect(form.errors).toEqual([]);
    });

    test("a preset value stands until answered", () => {
        const { form } = show([{ ...way, def: "counter" }]);
        expect((screen.getByLabelText("Tại quầy") as HTMLInputElement).checked).toBe(true);
        expect(form.answers()).toEqual({ way: "counter" });
    });
});
