/** Captions and sounds of a stream by language, and captions on the element. */
import type { MediaPlaylist } from "hls.js";
import { languageName } from "@/lib/languages";
import type { Track } from "./engine";

type Named = Pick<MediaPlaylist, "lang" | "name">;

export const trackId = ({ lang, name }: Named): string => `${lang ?? ""}|${name}`;

/** As menus show them. A sound that has no name but its language's tag is called as people call the language. */
export const asTracks = (playlists: readonly Named[]): Track[] =>
  playlists.map((each) => ({
    id: trackId(each),
    language: each.lang ?? "",
    label: each.name === each.lang ? languageName(each.name) : each.name,
  }));

const language = (id: string) => id.split("|", 1)[0];

/** Where `wanted` is in a list: itself, else something in its language; -1. */
export function findTrack(playlists: readonly Named[], wanted: string | null): number {
  if (wanted === null) return -1;
  const exact = playlists.findIndex((each) => trackId(each) === wanted);
  return exact >= 0 ? exact : playlists.findIndex((each) => each.lang && each.lang === language(wanted));
}

/**
 * The element's text tracks. hls.js would make them as <track src="data:...">, which the page's content security policy
 * forbids, so it only parses, and what it finds is put here.
 */
export class CaptionTracks {
  constructor(private readonly video: HTMLVideoElement) {}

  private track({ lang, name }: Named): TextTrack {
    const known = [...this.video.textTracks].find((each) => each.language === (lang ?? "") && each.label === name);
    return known ?? this.video.addTextTrack("subtitles", name, lang);
  }

  /** Add cues; one that spans segments comes with each of them. */
  add(playlist: Named, cues: readonly TextTrackCue[]): void {
    const track = this.track(playlist);
    if (track.mode === "disabled") track.mode = "hidden";
    for (const cue of cues) if (!track.cues?.getCueById(cue.id)) track.addCue(cue);
  }

  /** Show the captions of one playlist, or none. */
  show(playlist: Named | undefined): void {
    const shown = playlist && this.track(playlist);
    for (const track of this.video.textTracks) track.mode = track === shown ? "showing" : "hidden";
  }

  clear(): void {
    for (const track of this.video.textTracks) {
      const cues = Array.from(track.cues ?? []);
      for (const cue of cues) track.removeCue(cue);
      track.mode = "disabled";
    }
  }
}
