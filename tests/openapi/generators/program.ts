// A program that uses the generated types. It is compiled, not run.
import type { components, paths } from "./houselist";

type Schemas = components["schemas"];

// What may be left out may be left out, and a null means the same where null is taken.
export const audience: Schemas["AudienceCreate"] = { name: "CTOs", type: "on_demand" };
export const schedule: Schemas["ScheduleSet"] = { every: "week", startsAt: null };
export const start: Schemas["JobStart"] = {
  type: "file_upload",
  uploadId: "69b926c4a3d96f10b2c4f31a",
  audienceName: "CTOs",
};

// @ts-expect-error: an upload has no addresses.
export const strange: Schemas["JobStart"] = { type: "file_upload", uploadId: "x", urls: [] };
// @ts-expect-error: the address is missing.
export const missing: Schemas["JobStart"] = { type: "linkedin_search", audienceName: "CTOs" };
// @ts-expect-error: there is no such status.
export const status: Schemas["JobStatus"] = "sleeping";

// `type` tells what is there, and each type is known.
export function source(job: Schemas["JobStart"]): string | null | undefined {
  switch (job.type) {
    case "linkedin_search":
      return job.searchUrl;
    case "sales_navigator":
      return job.savedSearchId ?? job.leadListId;
    case "post_commenters":
      return job.postUrl;
    case "url_upload":
      return job.urls.join("\n");
    case "file_upload":
      return job.uploadId;
  }
}

// A response has all of its fields, and `success` tells whether there is data.
type Read = paths["/v1/accounts/{accountGroupId}/audiences/{audienceId}"]["get"]["responses"];
type Body = Read[200]["content"]["application/json"] | Read[404]["content"]["application/json"];

export function count(body: Body): number {
  return body.success ? body.data.prospectCount : body.error.code.length;
}

// Parameters with a default are optional, and a file goes out as it is.
type List = paths["/v1/accounts/{accountGroupId}/audiences"]["get"];
type Uploads = paths["/v1/accounts/{accountGroupId}/uploads"]["post"];
export const query: List["parameters"]["query"] = {};
export const file: Uploads["requestBody"]["content"]["text/csv"] = "E-mail\r\n";
