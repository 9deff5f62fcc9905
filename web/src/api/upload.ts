/** Sends one file with its progress, which fetch cannot tell of. */
import { BASE, credentials, refresh } from "./http";
import { Problem, readProblem } from "./problem";
import type { Upload } from "./types";
import { now } from "@/shared/clock";

const PATIENCE = 180_000; // ms: a large photo over a slow network

/**
 * `progress` from 0 to 1 of what has left the device. The same file sent again is the same upload. An office names the
 * `graduate` it is for.
 */
export async function upload(file: File, progress: (share: number) => void, graduate?: string): Promise<Upload> {
  const path = graduate ? `/uploads?graduate_id=${encodeURIComponent(graduate)}` : "/uploads";
  const answer = await once(path, file, progress);
  if (answer.status !== 401) return read(answer);
  await refresh();
  return read(await once(path, file, progress));
}

async function read(answer: Response): Promise<Upload> {
  if (!answer.ok) throw await readProblem(answer, now());
  return (await answer.json()) as Upload;
}

function once(path: string, file: File, progress: (share: number) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${BASE}${path}`);
    request.timeout = PATIENCE;
    for (const [name, value] of Object.entries(credentials())) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => lengthComputable && progress(loaded / total);
    request.onload = () => {
      const headers: Record<string, string> = {};
      const wait = request.getResponseHeader("Retry-After");
      if (wait) headers["Retry-After"] = wait;
      resolve(new Response(request.response as string, { status: request.status, headers }));
    };
    request.onerror = () => reject(new Problem({ code: "offline", status: 0 }));
    request.ontimeout = () => reject(new Problem({ code: "timeout", status: 0 }));
    const body = new FormData();
    body.append("file", file);
    request.send(body);
  });
}
