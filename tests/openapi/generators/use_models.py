"""Uses the models that datamodel-code-generator made: a response and a refusal in, JSON out."""

from __future__ import annotations

import json
import sys

import houselist_models as models

response, refusal, job = json.load(sys.stdin)
page = models.AudiencePageSuccessResponse.model_validate(response)
error = models.ValidationErrorResponse.model_validate(refusal).error
start = models.JobStart.model_validate(job).root

assert isinstance(start, models.UrlUploadStart)
assert isinstance(page.data.items[0].type, models.AudienceType)
print(
    json.dumps(
        {
            "names": [audience.name for audience in page.data.items],
            "refused": [problem.path for problem in error.fields],
            "urls": [url.root for url in start.urls],
        }
    )
)
