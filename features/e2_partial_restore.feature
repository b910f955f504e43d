@E2
Feature: E2 A chosen part of a tenant is restored
  Whoever lost one domain gets it back alone: the named domains are restored, the others are not touched.
  It usually fails because a domain is restored that was not named, or because the report lists domains in an order of its
  own.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander

  @R-E2-1
  Scenario Outline: Only <domains> is restored when it alone is named
    When the domains "<domains>" of the export are restored into the target
    Then the restore succeeds
    And the report lists exactly the domains "<domains>" in this order
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds in the domains "<domains>"

    Examples:
      | domains           |
      | iam               |
      | postgres_metadata |
      | mongo_metadata    |
      | kafka             |
      | storage           |

  @R-E2-2
  Scenario Outline: Only <domains> are restored when they are named
    When the domains "<domains>" of the export are restored into the target
    Then the restore succeeds
    And the report lists exactly the domains "<domains>" in this order
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds in the domains "<domains>"

    Examples:
      | domains                            |
      | iam, postgres_metadata             |
      | iam, mongo_metadata                |
      | iam, kafka                         |
      | iam, storage                       |
      | postgres_metadata, mongo_metadata  |
      | postgres_metadata, kafka           |
      | postgres_metadata, storage         |
      | mongo_metadata, kafka              |
      | mongo_metadata, storage            |
      | kafka, storage                     |

  @R-E2-3
  Scenario: A dry run of a part tells of that part only and writes nothing
    When the domains "postgres_metadata, kafka" of the export are restored into the target, as a dry run
    Then the report lists exactly the domains "postgres_metadata, kafka" in this order
    And the dry run says that every resource of the artifact would be there
    And the target holds nothing

  @R-E2-2 @R-E2-4
  Scenario: The parts of a tenant, restored one after the other, make the whole
    When the domains "storage, iam" of the export are restored into the target
    Then the restore succeeds
    And the report lists exactly the domains "storage, iam" in this order
    When the domains "kafka, mongo_metadata, postgres_metadata" of the export are restored into the target
    Then the restore succeeds
    And the report lists exactly the domains "kafka, mongo_metadata, postgres_metadata" in this order
    And the target holds exactly what the source holds
