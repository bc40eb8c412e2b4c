// Unit tests of web/: plain modules and components in jsdom. Browser tests are in tests/e2e (run by ./dev test).
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

export default defineConfig({
    plugins: [svelte({ configFile: false }), svelteTesting()],
    test: {
        include: ["src/**/*.test.ts", "tests/unit/**/*.test.ts"],
        environment: "jsdom",
        reporters: ["default", ["junit", { outputFile: "../build/reports/web.xml" }]],
    },
});
