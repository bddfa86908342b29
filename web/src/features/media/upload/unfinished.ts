/** Uploads that an earlier visit left unfinished. The browser keeps their address, but only a person can hand over the file again. */
import { accessToken } from "@/api/session";

export interface Unfinished {
  key: string;
  name: string;
  size: number;
  sent: number;
  url: string;
  assetId: string | null;
}

async function ask(url: string): Promise<Response> {
  const token = await accessToken();
  return fetch(url, { method: "HEAD", headers: { Authorization: `Bearer ${token}`, "Tus-Resumable": "1.0.0" } });
}

/** What this user began in this browser and the server still holds; addresses that the server forgot are dropped. */
export async function listUnfinished(userId: string): Promise<Unfinished[]> {
  const { urlStorage } = (await import("tus-js-client")).defaultOptions;
  const found: Unfinished[] = [];
  for (const stored of await urlStorage.findAllUploads()) {
    if (!stored.uploadUrl || !stored.urlStorageKey.includes(`aula-${userId}-`)) continue;
    const answer = await ask(stored.uploadUrl);
    if (answer.status === 404 || answer.status === 410) await urlStorage.removeUpload(stored.urlStorageKey);
    if (!answer.ok) continue;
    found.push({
      key: stored.urlStorageKey,
      name: stored.metadata["filename"] ?? "a file",
      size: stored.size ?? 0,
      sent: Number(answer.headers.get("Upload-Offset") ?? 0),
      url: stored.uploadUrl,
      assetId: answer.headers.get("Aula-Asset-Id"),
    });
  }
  return found;
}

/** Give up an unfinished upload here and on the server. */
export async function discardUnfinished(upload: Unfinished): Promise<void> {
  const { Upload, defaultOptions } = await import("tus-js-client");
  const token = await accessToken();
  await Upload.terminate(upload.url, { headers: { Authorization: `Bearer ${token}` }, retryDelays: null });
  await defaultOptions.urlStorage.removeUpload(upload.key);
}
