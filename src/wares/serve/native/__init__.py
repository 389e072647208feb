"""The shop's own API: ``/v1/*``, JSON in and out, errors as problem+json."""
