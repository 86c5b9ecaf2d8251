"""A Hub of one data set on this machine: the few answers that fetching it needs."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit

COMMIT = "89abcdef01" * 4


def serve(folder: Path, name: str) -> ThreadingHTTPServer:
    """Serve a folder as the data set ``name``; the caller shuts the server down."""
    files = {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }

    def entry(path: str) -> dict[str, object]:
        if path in files:
            oid = hashlib.sha1(files[path]).hexdigest()
            return {"type": "file", "path": path, "size": len(files[path]), "oid": oid}
        return {"type": "directory", "path": path, "oid": hashlib.sha1(path.encode()).hexdigest()}

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            try:
                paths = json.loads(body)["paths"]
            except ValueError:
                paths = parse_qs(body)["paths"]
            folders = {p.rsplit("/", 1)[0] for p in files if "/" in p}
            self.json([entry(path) for path in paths if path in files or path in folders])

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            api, resolve = f"/api/datasets/{name}", f"/datasets/{name}/resolve/"
            if path in (api, f"{api}/revision/main", f"{api}/revision/{COMMIT}"):
                siblings = [{"rfilename": file} for file in files]
                self.json({"id": name, "sha": COMMIT, "siblings": siblings, "tags": []})
            elif path.startswith(f"{api}/tree/"):
                below = path.removeprefix(f"{api}/tree/").partition("/")[2]
                start = f"{below}/" if below else ""
                inside = {
                    start + file.removeprefix(start).split("/")[0]
                    if "recursive=True" not in self.path and "recursive=true" not in self.path
                    else file
                    for file in files
                    if file.startswith(start)
                }
                self.json([entry(one) for one in sorted(inside)])
            elif path.startswith(resolve) and path.removeprefix(resolve).partition("/")[2] in files:
                data = files[path.removeprefix(resolve).partition("/")[2]]
                self.reply(200, data, "application/octet-stream")
            elif path.startswith((api, resolve)):
                code = "RevisionNotFound" if "/revision/" in path else "EntryNotFound"
                self.reply(404, b"{}", "application/json", code)
            else:
                self.reply(404, b"{}", "application/json", "RepoNotFound")

        def json(self, value: object) -> None:
            self.reply(200, json.dumps(value).encode(), "application/json")

        def reply(self, status: int, data: bytes, kind: str, error: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
            if error:
                self.send_header("X-Error-Code", error)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    Thread(target=server.serve_forever, daemon=True).start()
    return server
