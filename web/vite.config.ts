import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    target: "es2022",
    // The page's security policy allows files only: nothing may be inlined as a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // hls.js is one lazily loaded file of this size; everything else stays far below.
    chunkSizeWarningLimit: 650,
  },
  server: { proxy: { "/api": api, "/stream": api, "/schema": api } },
});
