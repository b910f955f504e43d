"""Exports and restores the buckets of a tenant: a small implementation of the contract, for the domain `storage` alone.

Read the modules in the order in which data flows through them:

- `problem`: what a refused request is answered with
- `tokens`: who is calling, and what they may do
- `s3`: signed requests to the S3 service
- `buckets`: a bucket as data, read from S3 and written to it
- `tenants`: who is registered, in which state, and who holds the lock
- `artifact`: the envelope of an export, and which of its domains are restored
- `identifier_map`: how the source's names become the target's
- `plan`: what is to become of each bucket: created, skipped, kept as a conflict, or refused
- `restore`: observe, plan, write, observe again, report
- `preflight`: the plan, told and not carried out
- `service`: all of it over HTTP
"""
