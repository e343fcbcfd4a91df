"""Uses the client that openapi-python-client made: address, token and account group in, JSON out."""

from __future__ import annotations

import io
import json
import sys

from houselist_client import AuthenticatedClient
from houselist_client.api.audiences import create_audience, list_audiences
from houselist_client.api.prospecting import start_job, upload_file
from houselist_client.models import (
    AudienceCreate,
    FileUploadStart,
    NewAudienceType,
    ValidationErrorResponse,
)
from houselist_client.types import File

address, token, group = sys.argv[1:]
client = AuthenticatedClient(base_url=address, token=token)

new = AudienceCreate(name="CTOs", type_=NewAudienceType.ON_DEMAND)
made = create_audience.sync(group, client=client, body=new)
listed = list_audiences.sync(group, client=client)
refused = list_audiences.sync(group, client=client, limit=0)
people = File(payload=io.BytesIO(b"E-mail,Company\r\navery.stone@northwind.example,Northwind\r\n"))
upload = upload_file.sync(group, client=client, body=people)
job = FileUploadStart(type_="file_upload", upload_id=upload.data.upload_id, audience_name="People")
started = start_job.sync(group, client=client, body=job)

assert isinstance(refused, ValidationErrorResponse)
print(
    json.dumps(
        {
            "made": made.data.id,
            "listed": [audience.id for audience in listed.data.items],
            "refused": [problem.path for problem in refused.error.fields],
            "columns": upload.data.columns,
            "mapping": upload.data.suggested_mapping.to_dict(),
            "status": started.data.status,
        }
    )
)
