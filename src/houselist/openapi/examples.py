"""Whole examples: of what fields alone do not tell, and the maker of all others."""

from __future__ import annotations

from typing import Any

from houselist.openapi.fields import (
    AUDIENCE_ID,
    FOLDER_ID,
    FOLDER_MADE,
    NAME,
    POST_URL,
    PROFILE_URL,
    SEARCH_URL,
    UPLOAD_ID,
    Json,
)

# What an operation's answer shows other than its shape's example.
ANSWERS: dict[str, Json] = {
    "createAudience": {"type": "on_demand", "folderId": None, "prospectCount": 0},
    "removeFromFolder": {"folderId": None},
    "createFolder": {"isPinned": False, "updatedAt": FOLDER_MADE},
    "changeFolder": {"name": "DACH outreach, spring"},
}

# What a 422 says, by operation: the path of the field, and the words.
IMPOSSIBLE: dict[str, tuple[str, str]] = {
    "setSchedule": (
        "audienceId",
        "is an audience of type on_demand; only monitoring ones have a schedule",
    ),
    "moveLeads": ("leadIds[2]", "is no member of the audience"),
    "getNavigation": (
        "accountGroupId",
        "has more than one answer can hold; list the audiences page by page instead",
    ),
    "moveToFolder": ("folderId", "is a folder for monitoring audiences; this one is on_demand"),
}

# Bodies of operations that take several kinds, by operation and by what each does.
BODIES: dict[str, Json] = {
    "startJob": {
        "file_upload": {
            "type": "file_upload",
            "uploadId": UPLOAD_ID,
            "audienceName": NAME,
            "folderId": FOLDER_ID,
            "columns": {"E-mail Address": "email", "Company": "company.name"},
        },
        "url_upload": {"type": "url_upload", "urls": [PROFILE_URL], "audienceId": AUDIENCE_ID},
        "linkedin_search": {
            "type": "linkedin_search",
            "searchUrl": SEARCH_URL,
            "audienceName": NAME,
            "maxResults": 500,
        },
        "sales_navigator": {
            "type": "sales_navigator",
            "savedSearchId": "1827364655",
            "audienceName": "Spring campaign",
            "searchEmails": True,
        },
        "post_commenters": {
            "type": "post_commenters",
            "postUrl": POST_URL,
            "audienceName": "Commenters of the launch post",
        },
    }
}

# Bodies that are no JSON, by media type.
TEXTS: dict[str, str] = {
    "text/csv": (
        "First Name,Last Name,E-mail Address,Company\r\n"
        "Avery,Stone,avery.stone@northwind.example,Northwind Analytics\r\n"
    ),
    "application/x-ndjson": (
        '{"firstName":"Avery","lastName":"Stone","email":"avery.stone@northwind.example"}\n'
    ),
}


def example_of(schema: Json, components: dict[str, Json], where: str = "") -> Any:
    """A value that fits `schema`, of the examples in it. Raises LookupError where one lacks."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example_of(components[name], components, name)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components, where)
    if schema.get("type") == "array":
        return [example_of(schema["items"], components, where)]
    if "properties" in schema:
        fields: dict[str, Json] = schema["properties"]
        return {
            name: example_of(field, components, f"{where}.{name}") for name, field in fields.items()
        }
    raise LookupError(f"{where} has no example; give it one in FIELDS")
