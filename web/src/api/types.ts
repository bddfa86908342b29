/** The API's values by the names that this page uses; their shapes come from the API's own document. */
import type { Answer } from "./operations";
import type { schemas } from "./schema";

type Narrow<T, Fields> = Omit<Answer<T>, keyof Fields> & Fields;

export type AssetState = "uploading" | "uploaded" | "processing" | "playable" | "ready" | "failed" | "cancelled";

export type User = Answer<schemas["UserView"]>;
export type SignedIn = Answer<schemas["SessionView"]>;
export type Credentials = schemas["Credentials"];
export type Registration = schemas["Registration"];
export type Asset = Narrow<schemas["AssetView"], { state: AssetState }>;
export type Options = schemas["OptionsPatch"];
export type PosterFile = schemas["PosterFile"];
export type Poster = Answer<schemas["PosterView"]>;
export type Caption = Answer<schemas["CaptionView"]>;
export type Chapter = schemas["ChapterEntry"];
export type Transcript = Answer<schemas["TranscriptView"]>;
export type Paragraph = Answer<schemas["ParagraphView"]>;
export type Profile = NonNullable<schemas["NewReencode"]["profile"]>;
export type Grant = Answer<schemas["GrantView"]>;
export type Playback = Narrow<schemas["PlaybackView"], { state: AssetState }>;
export type Progress = Narrow<schemas["ProgressView"], { state: AssetState }>;
export type QueueView = Answer<schemas["QueueView"]>;
export type WorkerView = Answer<schemas["WorkerView"]>;
export type JobView = Answer<schemas["JobView"]>;
export type ProblemBody = Partial<schemas["Problem"]>;

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
