/**
 * Turns the API's OpenAPI document into TypeScript: `make api-types`, or one file at a time,
 * `node scripts/api-types.mjs schema|operations < openapi.json > src/api/...`.
 *
 * `schema.d.ts` has the component schemas, `operations.ts` what each operation takes and answers with. Ours rather than a
 * package's, because the schemas that msgspec writes are few and plain, and anything else stops the script.
 */
import { readFileSync } from "node:fs";

const PREFIX = "/api/v1";
const METHODS = ["get", "post", "put", "patch", "delete"];
const PLAIN = { string: "string", number: "number", integer: "number", boolean: "boolean", null: "null" };
const NOTE = "/** Made from the API's OpenAPI document by scripts/api-types.mjs; do not edit. */";

const document = JSON.parse(readFileSync(0, "utf8"));

/** The name behind `#/components/schemas/Name`, where `~1` stands for a slash. */
const nameOf = (reference) => reference.slice(reference.lastIndexOf("/") + 1).replaceAll("~1", "/");

const union = (parts) => [...new Set(parts)].join(" | ");
const wrapped = (type) => (type.includes(" | ") ? `(${type})` : type);
const byName = ([a], [b]) => (a < b ? -1 : Number(a > b));
const camel = (name) => name.replaceAll(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const key = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function fields(schema, indent) {
  const required = new Set(schema.required);
  const lines = Object.entries(schema.properties).map(([name, field]) => {
    const note = field.description ? `${indent}  /** ${field.description.replaceAll("\n", " ")} */\n` : "";
    return `${note}${indent}  ${name}${required.has(name) ? "" : "?"}: ${typeOf(field, `${indent}  `)};\n`;
  });
  return `{\n${lines.join("")}${indent}}`;
}

function typeOf(schema, indent) {
  if (schema.$ref) return `schemas[${JSON.stringify(nameOf(schema.$ref))}]`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const choice = schema.oneOf ?? schema.anyOf;
  if (choice) return union(choice.map((one) => typeOf(one, indent)));
  if (schema.allOf?.length === 1) return typeOf(schema.allOf[0], indent);
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type }, indent)));
  if (schema.type === "array") return `${wrapped(typeOf(schema.items ?? {}, indent))}[]`;
  if (schema.properties && Object.keys(schema.properties).length > 0) return fields(schema, indent);
  if (schema.type === "object") {
    const value = schema.additionalProperties;
    return `Record<string, ${value && value !== true ? typeOf(value, indent) : "unknown"}>`;
  }
  if (schema.type in PLAIN) return PLAIN[schema.type];
  if (Object.keys(schema).every((name) => ["description", "title"].includes(name))) return "unknown";
  throw new Error(`a schema that this script does not know: ${JSON.stringify(schema)}`);
}

function schemaFile() {
  const entries = Object.entries(document.components.schemas)
    .toSorted(byName)
    .map(([name, schema]) => `  ${JSON.stringify(name)}: ${typeOf(schema, "  ")};\n`);
  return `${NOTE}\nexport interface schemas {\n${entries.join("")}}\n`;
}

/** Whom the operation lets in: only who is signed in, also others, or whoever asks without being looked at. */
function door({ security }) {
  if (!security || security.length === 0) return "open";
  return security.some((one) => Object.keys(one).length === 0) ? "either" : "signed";
}

function parametersOf(operation, place) {
  return (operation.parameters ?? []).filter((one) => one.in === place);
}

function pathOf(operation) {
  const names = parametersOf(operation, "path").map((one) => `${camel(one.name)}: ${typeOf(one.schema, "")}`);
  return names.length > 0 ? [`path: { ${names.join("; ")} }`] : [];
}

function queryOf(operation) {
  const found = parametersOf(operation, "query");
  if (found.length === 0) return [];
  const names = found.map((one) => {
    const type = typeOf(one.schema, "").replace(/ \| null$/, "");
    return `${key(one.name)}${one.required ? "" : "?"}: ${type}${one.required ? "" : " | undefined"}`;
  });
  return [`query${found.some((one) => one.required) ? "" : "?"}: { ${names.join("; ")} }`];
}

function bodyOf({ requestBody }) {
  if (!requestBody) return [];
  const json = requestBody.content["application/json"];
  const optional = requestBody.required ? "" : "?";
  if (!json) return [`file${optional}: Blob`];
  const others = Object.keys(requestBody.content).length > 1;
  return [`body${optional || (others ? "?" : "")}: ${typeOf(json.schema, "")}`, ...(others ? ["file?: Blob"] : [])];
}

function answerOf({ responses }) {
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith("2"))
    .toSorted(byName)
    .map(([, response]) => response.content);
  const types = answers.map((content) => {
    if (!content || Object.keys(content).length === 0) return "undefined";
    const json = content["application/json"];
    return json ? `Answer<${typeOf(json.schema, "")}>` : "Response";
  });
  return union(types.length > 0 ? types : ["undefined"]);
}

function operationsFile() {
  const found = Object.entries(document.paths)
    .filter(([path]) => path.startsWith(`${PREFIX}/`))
    .flatMap(([path, item]) => METHODS.filter((name) => item[name]).map((name) => [item[name].operationId, name, path, item[name]]))
    .toSorted(byName);
  const rows = found.map(([id, method, path, operation]) => {
    const template = path.slice(PREFIX.length).replaceAll(/\{(\w+)\}/g, (_, name) => `{${camel(name)}}`);
    return `  ${id}: ["${method.toUpperCase()}", "${template}", "${door(operation)}"],\n`;
  });
  const types = found.map(([id, , , operation]) => {
    const parts = [...pathOf(operation), ...queryOf(operation), ...bodyOf(operation), `answer: ${answerOf(operation)}`];
    const note = operation.summary ? `  /** ${operation.summary}. */\n` : "";
    return `${note}  ${id}: {\n${parts.map((part) => `    ${part};\n`).join("")}  };\n`;
  });
  return `${NOTE}
import type { schemas } from "./schema";

/** The document calls a field that has a default optional; in answers every field is there. */
export type Answer<T> = T extends (infer Item)[] ? Answer<Item>[] : T extends object ? { [K in keyof T]-?: Answer<T[K]> } : T;

/** Method, path and whom it lets in: \`signed\` wants a token, \`either\` takes one where there is one, \`open\` looks at none. */
export const operations = {
${rows.join("")}} as const;

/** What each operation takes and answers with. */
export interface Operations {
${types.join("")}}
`;
}

const FILES = { schema: schemaFile, operations: operationsFile };
const file = FILES[process.argv[2]];
if (!file) throw new Error(`say which file: ${Object.keys(FILES).join(" or ")}`);
process.stdout.write(file());
