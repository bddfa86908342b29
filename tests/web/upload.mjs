/**
 * Uploads a file with the real tus-js-client, told by one JSON argument. Prints a JSON line for each thing that happens. Before
 * its `holdAt`-th PATCH it says so and waits for a line on stdin, so that a test can do its worst at a known moment.
 */
import { createReadStream, statSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { webFolder, file, endpoint, token, storage, chunkSize, holdAt } = JSON.parse(process.argv[2]);
const tus = createRequire(`${webFolder}/package.json`)("tus-js-client");
const say = (thing) => process.stdout.write(`${JSON.stringify(thing)}\n`);
const lines = createInterface({ input: process.stdin });
const nextLine = () => new Promise((done) => lines.once("line", done));
let patches = 0;

const upload = new tus.Upload(createReadStream(file), {
  endpoint,
  chunkSize,
  uploadSize: statSync(file).size,
  metadata: { filename: "lecture.mp4", title: "Lecture" },
  headers: { Authorization: `Bearer ${token}` },
  urlStorage: new tus.FileUrlStorage(storage),
  fingerprint: () => Promise.resolve(`test-${file}`),
  removeFingerprintOnSuccess: true,
  retryDelays: Array(60).fill(500),
  async onBeforeRequest(request) {
    if (request.getMethod() !== "PATCH") return;
    patches += 1;
    if (patches === holdAt) {
      say({ held: Number(request.getHeader("Upload-Offset")) });
      await nextLine();
    }
  },
  onChunkComplete: (_size, accepted) => say({ accepted }),
  onShouldRetry: (error) => {
    say({ failed: error.originalResponse?.getStatus() ?? 0 });
    return true;
  },
  onError: (error) => {
    say({ error: String(error) });
    lines.close();
  },
  onSuccess: () => {
    say({ done: upload.url });
    lines.close();
  },
});

const [earlier] = await upload.findPreviousUploads();
if (earlier) upload.resumeFromPreviousUpload(earlier);
say({ resumed: Boolean(earlier) });
upload.start();
