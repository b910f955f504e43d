@E1
Feature: E1 A whole tenant is restored
  Whoever lost a tenant, or wants it elsewhere, gets back all that the export holds, and nothing else changes.
  It usually fails because a kind of resource is not read or not written (the differences name it), because a list is read
  only to the end of its first page, or because defaults that a server fills in are taken for settings and conflict with
  themselves in a second restore.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander

  @R-E1-1 @provides:source
  Scenario: The export counts every resource of every domain
    Then the export holds all domains, each with content
    And the source is as it was seeded

  @R-E1-1 @R-E1-2
  Scenario: Every resource of the source is in the target afterwards, and nothing else
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds
    And an export of the target counts the same resources as the export of the source

  @R-E1-2
  Scenario: Each damage to a restored tenant is seen as exactly that damage
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And each damage done to the target is seen as exactly that damage

  @R-E1-3
  Scenario: A second restore finds everything in place and changes nothing
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    When the state of the target is remembered
    And the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report says that every resource was there already
    And the state of the target is the remembered one

  @R-E1-4
  Scenario: A destroyed tenant gets its own resources back without an identifier map
    Given the target tenant is seeded like the source and exported
    When all resources of the target are destroyed
    Then the target holds nothing
    When its own export is restored into the target
    Then the restore succeeds
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds

  @R-E1-4 @needs:faults @domain:postgres_metadata
  Scenario: What a tenant needs of the database itself comes back with it
    Given an implementation that may use the extension "pg_trgm", which nobody else has meanwhile
    And the target tenant is seeded as the fixture "extended" declares it and exported
    When the state of the target is remembered
    And all resources of the target are destroyed
    And the database loses the extension "pg_trgm"
    And its own export is restored into the target
    Then the restore succeeds
    And the state of the target is the remembered one

  @R-E1-5
  Scenario: A dry run tells what would be created and writes nothing
    When the export is restored into the target with the proposed identifier map, as a dry run
    Then the dry run says that every resource of the artifact would be there
    And the target holds nothing

  @R-E1-6
  Scenario: A restore into another tenant waits for its identifier map to be confirmed
    When the export is restored into the target without an identifier map
    Then the answer asks for confirmation and proposes an identifier map
    And the target holds nothing

  @R-E1-7
  Scenario: An identifier map that leads into a third tenant is refused and nothing is written
    When the export is restored into the target with an identifier map that leads to the bystander
    Then the request is refused with 400 and code "INVALID_IDENTIFIER_MAP"
    And the target holds nothing

  @R-E1-8
  Scenario Outline: A request with <credential> is refused with <status>
    When the export is restored into the target by a caller with <credential>
    Then the request is refused with <status> and code "<code>"
    And the target holds nothing

    Examples:
      | credential                  | status | code         |
      | no token                    | 401    | UNAUTHORIZED |
      | text that is no token       | 401    | UNAUTHORIZED |
      | a token of a foreign key    | 401    | UNAUTHORIZED |

    @needs:minted_tokens
    Examples:
      | credential                  | status | code         |
      | an expired token            | 401    | UNAUTHORIZED |
      | a token for exports only    | 403    | FORBIDDEN    |
      | a token without any scope   | 403    | FORBIDDEN    |

  @R-E1-9
  Scenario Outline: A request with <flaw> is refused with <status>
    When a restore into the target is requested with <flaw>
    Then the request is refused with <status> and code "<code>"
    And the message mentions "<mention>"
    And the target holds nothing

    Examples:
      | flaw                            | status | code                       | mention  |
      | an unknown tenant               | 404    | TENANT_NOT_FOUND           | unknown  |
      | broken JSON                     | 400    | INVALID_REQUEST            | line     |
      | no artifact                     | 400    | INVALID_REQUEST            | artifact |
      | an unknown domain               | 400    | UNKNOWN_DOMAIN             | kafak    |
      | domains that are no list        | 400    | INVALID_REQUEST            | domains  |
      | an artifact of a newer format   | 422    | UNSUPPORTED_FORMAT_VERSION | 99.0.0   |
      | a body over the limit           | 413    | ARTIFACT_TOO_LARGE         | bytes    |

  @R-S-3 @needs:faults @domain:iam @domain:postgres_metadata @domain:storage
  Scenario: No secret is in an artifact, in an answer or in a log
    Given an implementation that writes all it can into its log
    And a source tenant with a secret in every place that can hold one
    When everything that can be asked of source and target is asked
    Then no answer holds a secret
    And its log holds no secret, neither of the tenants nor of its own, and no token
    And nothing that the suite would show of it holds a secret
