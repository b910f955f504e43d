@E4
Feature: E4 A domain that the artifact does not hold does not fail the others
  Whoever has an artifact in which one domain is missing, failed or spoiled gets all the others, and is told which one is
  missing and why.
  It usually fails because one broken domain ends the whole request, or because nothing done is reported as success.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander

  @R-E4-1 @domains:2
  Scenario Outline: <domain> is passed over when the artifact says <status> of it, and the others are whole
    Given the export says "<status>" of "<domain>"
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report passes "<domain>" over, and says why
    And the target holds exactly what the source holds in all domains but "<domain>", and nothing there

    Examples:
      | domain            | status        |
      | iam               | not_available |
      | iam               | error         |
      | iam               | not_requested |
      | postgres_metadata | not_available |
      | postgres_metadata | error         |
      | postgres_metadata | not_requested |
      | mongo_metadata    | not_available |
      | mongo_metadata    | error         |
      | mongo_metadata    | not_requested |
      | kafka             | not_available |
      | kafka             | error         |
      | kafka             | not_requested |
      | storage           | not_available |
      | storage           | error         |
      | storage           | not_requested |

  @R-E4-2
  Scenario Outline: A restore that names <domain> is partial when the artifact says <status> of it
    Given the export says "<status>" of "<domain>"
    When the domains "<domain>, <other>" of the export are restored into the target
    Then the restore is partial, and nothing failed
    And the report lists exactly the domains "<domain>, <other>" in this order
    And the report passes "<domain>" over, and says why
    And the target holds exactly what the source holds in the domains "<other>"

    Examples:
      | domain         | other             | status        |
      | mongo_metadata | iam               | not_available |
      | iam            | storage           | error         |
      | kafka          | postgres_metadata | not_requested |

  @R-E4-3 @domains:2
  Scenario Outline: An empty <domain> is restored as such
    Given the export says "empty" of "<domain>"
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the target holds exactly what the source holds in all domains but "<domain>", and nothing there

    Examples:
      | domain            |
      | iam               |
      | postgres_metadata |
      | mongo_metadata    |
      | kafka             |
      | storage           |

  @R-E4-4 @domains:2
  Scenario Outline: <domain> is an error when the artifact has <data> as its data, and the others are whole
    Given the export has <data> as the data of "<domain>"
    When the export is restored into the target with the proposed identifier map
    Then "<domain>" is the only domain with an error, and the report says why
    And the target holds exactly what the source holds in all domains but "<domain>", and nothing there

    Examples:
      | domain            | data      |
      | iam               | a text    |
      | postgres_metadata | a list    |
      | mongo_metadata    | a number  |
      | kafka             | no member |
      | storage           | nothing   |

  @R-E4-5
  Scenario Outline: An artifact of nothing but <status> domains is refused
    Given the export says "<status>" of every domain
    When the export is restored into the target with the proposed identifier map
    Then the request is refused with 422 and code "INVALID_REQUEST"
    And the target holds nothing

    Examples:
      | status        |
      | not_available |
      | error         |
