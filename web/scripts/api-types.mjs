/**
 * Turns the API's OpenAPI document into TypeScript: `node scripts/api-types.mjs < openapi.json > src/api/schema.d.ts`.
 *
 * Only the component schemas, for each endpoint has a file of its own that names what it sends and gets. Ours rather than a
 * package's, because the schemas that msgspec writes are few and plain, and anything else stops the script.
 */
import { readFileSync } from "node:fs";

const document = JSON.parse(readFileSync(0, "utf8"));
const schemas = document.components.schemas;
const PLAIN = { string: "string", number: "number", integer: "number", boolean: "boolean", null: "null" };

/** The name behind `#/components/schemas/Name`, where `~1` stands for a slash. */
const nameOf = (reference) => reference.slice(reference.lastIndexOf("/") + 1).replaceAll("~1", "/");

const union = (parts) => [...new Set(parts)].join(" | ");
const wrapped = (type) => (type.includes(" | ") ? `(${type})` : type);

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
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type }, indent)));
  if (schema.type === "array") return `${wrapped(typeOf(schema.items ?? {}, indent))}[]`;
  if (schema.properties) return fields(schema, indent);
  if (schema.type === "object") {
    const value = schema.additionalProperties;
    return `Record<string, ${value && value !== true ? typeOf(value, indent) : "unknown"}>`;
  }
  if (schema.type in PLAIN) return PLAIN[schema.type];
  if (Object.keys(schema).every((key) => ["description", "title"].includes(key))) return "unknown";
  throw new Error(`a schema that this script does not know: ${JSON.stringify(schema)}`);
}

const entries = Object.entries(schemas)
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, schema]) => `  ${JSON.stringify(name)}: ${typeOf(schema, "  ")};\n`);
process.stdout.write(`/** Made from the API's OpenAPI document by scripts/api-types.mjs; do not edit. */
export interface schemas {
${entries.join("")}}
`);
