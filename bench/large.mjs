// What grows with the ledger: start-up with the statistics counted from all events and with those put down at the last stop, backup,
// restore, and the doctor, who rebuilds every dossier from its events and recomputes the transparency log. Beside each the time that
// copying or reading the same bytes takes on the same disk in the same run.
// usage: node bench/large.mjs [DOSSIERS] [--data DIR]   needs build/release; DIR: a data directory of `motcua simulate`, kept
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const arguments_ = process.argv.slice(2);
const dossiers = Number(arguments_.find((argument) => /^\d+$/.test(argument)) ?? 20_000);
const given = arguments_.includes("--data") ? arguments_[arguments_.indexOf("--data") + 1] : undefined;
const scratch = mkdtempSync(join(tmpdir(), "motcua-bench-"));
const data = given ?? join(scratch, "data");
const motcua = "build/release/motcua";
const port = 18000 + (process.pid % 2000);
const base = `http://127.0.0.1:${port}`;
const rows = [];

/** Seconds that a program takes, and what it printed. */
function time(program, arguments_) {
    const began = performance.now();
    const printed = execFileSync(program, arguments_, { encoding: "utf8", maxBuffer: 1 << 26 });
    return { seconds: (performance.now() - began) / 1000, printed };
}
const add = (what, seconds, beside, limit) => rows.push({ what, seconds, beside, limit });

async function until(question, limit_ms = 600_000) {
    const began = performance.now();
    while (!(await question().catch(() => false))) {
        if (performance.now() - began > limit_ms) throw new Error("waited in vain");
        await new Promise((done) => setTimeout(done, 2));
    }
    return (performance.now() - began) / 1000;
}
const lag = (text) => Number(/motcua_follower_lag\{follower="statistics"\} (\d+)/.exec(text)?.[1] ?? NaN);

let server;
async function stop() {
    server.kill("SIGTERM");
    await new Promise((done) => server.once("exit", done));
}
async function start(how) {
    server = spawn(motcua, ["serve", "--data", data, "--listen", `127.0.0.1:${port}`], { stdio: "ignore" });
    const began = performance.now();
    await until(async () => (await fetch(`${base}/healthz`)).ok);
    add(`first answer${how}`, (performance.now() - began) / 1000, "reading the file", read);
    await until(async () => lag(await fetch(`${base}/metrics`).then((answer) => answer.text())) === 0);
    add(`statistics complete${how}`, (performance.now() - began) / 1000, "reading the file", read);
}
let read; // seconds that reading the database's file takes
try {
    if (!given) {
        const made = time(motcua, ["simulate", "--data", data, "--dossiers", String(dossiers), "--days", "250"]);
        console.log(`simulated ${dossiers} dossiers in ${made.seconds.toFixed(1)} s: ${made.printed.trim()}`);
    }
    const file = join(data, "motcua.db");
    const gigabytes = statSync(file).size / 2 ** 30;
    const copied = time("sh", ["-c", `cp '${file}' '${scratch}/copy' && sync '${scratch}/copy'`]).seconds;
    rmSync(join(scratch, "copy"));
    read = time("sh", ["-c", `cat '${file}' > /dev/null`]).seconds;

    rmSync(join(data, "statistics.bin"), { force: true });
    await start("");
    const stopped = performance.now();
    await stop();
    add("stop, statistics put down", (performance.now() - stopped) / 1000, "reading the file", read);
    await start(", statistics taken up");
    const resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;
    const backup = join(scratch, "backup");
    add("backup while serving, checked", time(motcua, ["backup", backup, "--data", data]).seconds, "copying the file", copied);
    await stop();
    add("restore", time(motcua, ["restore", backup, "--data", join(scratch, "restored")]).seconds, "copying the file", copied);
    rmSync(backup, { recursive: true });
    rmSync(join(scratch, "restored"), { recursive: true });
    const doctor = time(motcua, ["doctor", "--data", data]);
    add("doctor: all rebuilt from the ledger", doctor.seconds, "reading the file", read);
    console.log(doctor.printed.trim().split("\n").at(-1));

    console.log(`database ${gigabytes.toFixed(2)} GiB; memory once the statistics are complete ${resident.toFixed(0)} MB`);
    console.log("| | s | × |");
    console.log("|---|---|---|");
    for (const { what, seconds, beside, limit } of rows)
        console.log(`| ${what} | ${seconds.toFixed(2)} | ${(seconds / limit).toFixed(2)} of ${beside} (${limit.toFixed(2)} s) |`);
} finally {
    if (server && server.exitCode === null) server.kill("SIGKILL");
    rmSync(scratch, { recursive: true, force: true });
}
