"""What is published of an asset, read from storage as a player would read it over HTTP."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pipelines.media.playlist_reader import MediaPlaylist, read_master, read_media
from storage import keys
from storage.base import Storage


@dataclass(frozen=True, slots=True)
class Published:
    """One version in storage."""

    storage: Storage
    asset_id: UUID
    version_id: UUID

    @property
    def tracks(self) -> list[str]:
        """The tracks of the master, in its order."""
        text = self.storage.read_bytes(keys.master(self.asset_id, self.version_id)).decode()
        return [rendition.uri.split("/")[0] for rendition in read_master(text)]

    @property
    def listed(self) -> list[str]:
        """All tracks with a playlist, also those that a master named earlier and that sessions may still play."""
        prefix, suffix = keys.version_prefix(self.asset_id, self.version_id), f"/{keys.MEDIA_PLAYLIST}"
        found = [info.key.removeprefix(prefix) for info in self.storage.list(prefix)]
        return [name.removesuffix(suffix) for name in found if name.endswith(suffix)]

    def text(self, track: str) -> str:
        """A track's playlist."""
        return self.storage.read_bytes(keys.media_playlist(self.asset_id, self.version_id, track)).decode()

    def playlist(self, track: str) -> MediaPlaylist:
        """The same, read."""
        return read_media(self.text(track))

    def referenced(self) -> set[str]:
        """`<track>/<file>` of everything that playlists name."""
        names = set()
        for track in self.listed:
            playlist = self.playlist(track)
            # Text has segments alone.
            inits = {playlist.init_uri} if playlist.init_uri else set()
            names |= {f"{track}/{name}" for name in {entry.uri for entry in playlist.segments} | inits}
        return names

    def stored(self) -> set[str]:
        """`<track>/<file>` of everything there but playlists and manifests."""
        prefix = keys.version_prefix(self.asset_id, self.version_id)
        found = {info.key.removeprefix(prefix) for info in self.storage.list(prefix)}
        return {name for name in found if not name.endswith((".m3u8", ".mpd"))}

    def joined(self, track: str, folder: Path) -> Path:
        """The whole track as one playable file."""
        playlist = self.playlist(track)
        path = folder / f"{track}.mp4"
        with path.open("wb") as file:
            for name in (playlist.init_uri or "", *(entry.uri for entry in playlist.segments)):
                file.write(self.file(track, name))
        return path

    def file(self, track: str, name: str) -> bytes:
        """One file of a track."""
        return self.storage.read_bytes(keys.track_file(self.asset_id, self.version_id, track, name))


def objects(storage: Storage) -> list[str]:
    """Every key in storage."""
    return [info.key for info in storage.list("")]
