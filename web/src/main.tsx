import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { restore } from "@/api/session";
import { App } from "./app";
import "./styles/base.css";
import "./styles/forms.css";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no #root.");
void restore();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
