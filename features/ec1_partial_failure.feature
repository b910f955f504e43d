@EC1 @needs:faults
Feature: EC1 A backend fails and the others are restored all the same
  Whoever restores while one backend is away gets everything else, is told what is missing and why, and completes it by
  asking again.
  It usually fails because a look-up that failed is taken for absence, because a client waits longer for its backend than
  the caller waits, or because what a broken run left behind is taken for somebody else's.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander

  @R-EC1-1 @domains:2
  Scenario Outline: <domain> is an error and the others are restored when its backend is not reachable
    Given the backend of "<domain>" is not reachable
    When the export is restored into the target with the proposed identifier map
    Then the restore is partial: "<domain>" failed as a whole, and its backend is named
    And the target holds exactly what the source holds in all domains but "<domain>", and nothing there

    Examples:
      | domain            |
      | iam               |
      | postgres_metadata |
      | mongo_metadata    |
      | kafka             |
      | storage           |

  @R-EC1-1
  Scenario Outline: A dry run foretells nothing of <domain> when its backend is not reachable
    Given the backend of "<domain>" is not reachable
    When the export is restored into the target with the proposed identifier map, as a dry run
    Then the dry run foretells nothing of "<domain>", whose backend is named

    Examples:
      | domain            |
      | iam               |
      | postgres_metadata |
      | mongo_metadata    |
      | kafka             |
      | storage           |

  @R-EC1-1 @domains:2
  Scenario Outline: <domain> is an error and the others are restored when its backend refuses the credentials
    Given the backend of "<domain>" refuses the implementation's credentials
    When the export is restored into the target with the proposed identifier map
    Then the restore is partial: "<domain>" failed as a whole, and its backend is named
    And the target holds exactly what the source holds in all domains but "<domain>", and nothing there

    Examples:
      | domain            |
      | iam               |
      | postgres_metadata |
      | mongo_metadata    |
      | kafka             |
      | storage           |

  @R-EC1-1
  Scenario Outline: A dry run foretells nothing of <domain> when its backend refuses the credentials
    Given the backend of "<domain>" refuses the implementation's credentials
    When the export is restored into the target with the proposed identifier map, as a dry run
    Then the dry run foretells nothing of "<domain>", whose backend is named

    Examples:
      | domain            |
      | iam               |
      | postgres_metadata |
      | mongo_metadata    |
      | kafka             |
      | storage           |

  @R-EC1-2 @R-EC1-3 @domains:2
  Scenario Outline: <domain> is completed by itself after its backend failed <when> write
    Given the backend of "<domain>" fails <when> write
    When the export is restored into the target with the proposed identifier map
    Then the restore is partial: "<domain>" failed, and its backend is named
    And the target holds exactly what the source holds in all domains but "<domain>", and whatever the failure left there
    When the backend of "<domain>" is back
    And the domains "<domain>" of the export are restored into the target
    Then the restore succeeds
    And the report says that every resource of the artifact is there now
    And the target holds exactly what the source holds

    Examples:
      | domain            | when              |
      | iam               | before its first  |
      | iam               | after its middle  |
      | iam               | after its last    |
      | postgres_metadata | before its last   |
      | postgres_metadata | after its middle  |
      | postgres_metadata | after its last    |
      | mongo_metadata    | before its middle |
      | mongo_metadata    | after its middle  |
      | mongo_metadata    | after its last    |
      | kafka             | before its first  |
      | kafka             | after its first   |
      | kafka             | after its last    |
      | storage           | after its first   |
      | storage           | before its middle |
      | storage           | after its last    |

  @R-EC1-3 @domains:2
  Scenario: A bucket that was left without its settings is completed, not taken for somebody else's
    Given the backend of "storage" fails before the first setting of a bucket
    When the export is restored into the target with the proposed identifier map
    Then the restore is partial: "storage" failed, and its backend is named
    When the backend of "storage" is back
    And the domains "storage" of the export are restored into the target
    Then the restore succeeds
    And the report says that every resource of the artifact is there now
    And the target holds exactly what the source holds

  @R-EC1-2 @R-EC1-3 @domains:2
  Scenario Outline: The whole is completed by itself after the backend of <domain> failed <when> write
    Given the backend of "<domain>" fails <when> write
    When the export is restored into the target with the proposed identifier map
    Then the restore is partial: "<domain>" failed, and its backend is named
    When the backend of "<domain>" is back
    And the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report says that every resource of the artifact is there now
    And the target holds exactly what the source holds

    Examples:
      | domain            | when             |
      | iam               | before its last  |
      | postgres_metadata | after its first  |
      | mongo_metadata    | before its last  |
      | kafka             | before its last  |
      | storage           | after its middle |

  @R-EC1-1 @R-EC1-3 @domains:2 @slow
  Scenario: A broker that is down costs nothing but kafka, which is restored by itself once the broker is back
    Given a Kafka broker of the scenario's own
    When the broker is killed
    And the export is restored into the target with the proposed identifier map
    Then the restore is partial: "kafka" failed as a whole, and its backend is named
    When the broker is launched again, with what it held
    Then the target holds exactly what the source holds in all domains but "kafka", and nothing there
    When the domains "kafka" of the export are restored into the target
    Then the restore succeeds
    And the report says that every resource of the artifact is there now
    And the target holds exactly what the source holds

  @R-EC1-2 @R-EC1-3 @domains:2 @slow
  Scenario: A broker that dies in the midst costs nothing but kafka, and the whole is completed once it is back
    Given a Kafka broker of the scenario's own
    And the backend of "kafka" lets its second write wait
    When a restore into the target is begun, as far as the second write to "kafka"
    And the broker is killed
    And the backend of "kafka" goes on
    And the restore that was begun has ended
    Then the restore is partial: "kafka" failed, and its backend is named
    When the broker is launched again, with what it held
    And the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report says that every resource of the artifact is there now
    And the target holds exactly what the source holds
