"""What the API says of each field of a person, once for all shapes that have it.

Shapes in which a field means more, such as one that is removed with null, say so themselves.
"""

from __future__ import annotations

from msgspec import Meta

PROFILE_URL = "https://www.linkedin.com/in/avery-stone-5b1a2c"

FIRST_NAME = Meta(description="The first name.", examples=["Avery"])
LAST_NAME = Meta(description="The last name.", examples=["Stone"])
NAME = Meta(description="The full name.", examples=["Avery Stone"])
HEADLINE = Meta(
    description="The line below the name on the profile.",
    examples=["Head of Engineering at Northwind Analytics"],
)
ABOUT = Meta(
    description="What the person says of themselves.",
    examples=["Builds teams that ship. Formerly platform lead at Contoso."],
)
TITLE = Meta(description="What the person does at work.", examples=["Head of Engineering"])
LOCATION = Meta(description="Where the person lives.", examples=["Berlin, Germany"])
EMAIL = Meta(description="The e-mail address.", examples=["avery.stone@northwind.example"])
PHOTO_URL = Meta(
    description="Where a picture of the person is.",
    examples=["https://media.northwind.example/people/avery-stone.jpg"],
)
LINKEDIN_URL = Meta(description="The person's profile on LinkedIn.", examples=[PROFILE_URL])
PUBLIC_IDENTIFIER = Meta(
    description="The last part of the profile's address.", examples=["avery-stone-5b1a2c"]
)
PROVIDER_ID = Meta(description="The person's id at a provider.", examples=["ACoAABx2Yk4BqT7mVn0"])
COMPANY = Meta(description="Where the person works.")
COMPANY_NAME = Meta(description="The company's name.", examples=["Northwind Analytics"])
COMPANY_LINKEDIN_IDENTIFIER = Meta(
    description="The last part of its page's address.", examples=["northwind-analytics"]
)
COMPANY_LINKEDIN_URL = Meta(
    description="Its page on LinkedIn.",
    examples=["https://www.linkedin.com/company/northwind-analytics"],
)
COMPANY_INDUSTRY = Meta(description="What it does.", examples=["Software Development"])
COMPANY_WEBSITE = Meta(description="Its own website.", examples=["https://northwind.example"])
