-- Keys can be listed, made and revoked through the API now. A key that had every permission there was
-- gets the two for this as well, as its name in the documents promises: a key with all permissions.
UPDATE api_keys SET permissions = permissions || '{keys:read,keys:write}'::text[]
WHERE permissions @> '{audiences:read,audiences:write,prospects:read,prospects:write,prospecting:read,prospecting:write,webhooks:read,webhooks:write}'::text[]
  AND NOT permissions && '{keys:read,keys:write}'::text[];
