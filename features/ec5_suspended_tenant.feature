@EC5
Feature: EC5 A suspended tenant is refused
  Nothing is restored into a tenant that is suspended or being deleted, and nothing of the attempt is in the way once it
  is active again.
  It usually fails because the state is read after something was written, or only once for a restore that takes long, or
  because a refusal leaves its lock.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander

  @R-EC5-1 @R-EC5-3
  Scenario Outline: A <state> tenant is refused, and restored once it is active again
    Given the target is in state "<state>"
    When the export is restored into the target with the proposed identifier map
    Then the restore is refused for the tenant's state
    And the target holds nothing
    When the export is restored into the target with the proposed identifier map, as a dry run
    Then the restore is refused for the tenant's state
    Given the target is in state "active"
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the target holds exactly what the source holds

    Examples:
      | state     |
      | suspended |
      | deleting  |

  @R-EC5-1
  Scenario: A tenant's own artifact is refused while it is suspended
    Given the target tenant is seeded like the source and exported
    And the target is in state "suspended"
    When the state of the target is remembered
    And its own export is restored into the target
    Then the restore is refused for the tenant's state
    And the state of the target is the remembered one

  @R-EC5-2
  Scenario: A tenant that was suspended after its map was confirmed is refused
    When the export is restored into the target without an identifier map
    Then the answer asks for confirmation and proposes an identifier map
    Given the target is in state "suspended"
    When the export is restored into the target with the map of that answer
    Then the restore is refused for the tenant's state
    And the target holds nothing

  @R-EC5-1
  Scenario: An unknown tenant is refused and not made up
    When a restore into the target is requested with an unknown tenant
    Then the request is refused with 404 and code "TENANT_NOT_FOUND"
    And the target holds nothing

  @R-EC5-4 @needs:faults
  Scenario: A restore that is at work when its tenant is suspended writes nothing more
    Given the backend of "storage" lets its first write wait
    When a restore into the target is begun, as far as the first write to "storage"
    Given the target is in state "suspended"
    And the suspension has taken hold
    When the backend of "storage" goes on
    And the restore that was begun has ended
    Then the restore did not succeed
    And no write reached "storage" but those that were on their way
    Given the target is in state "active"
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the target holds exactly what the source holds

  @R-EC5-5 @needs:faults
  Scenario Outline: For a restore into a tenant that is <state> no backend is asked anything
    Given an implementation whose questions to its backends are counted
    And the target is in state "<state>"
    When the export is restored into the target with the proposed identifier map
    Then the restore is refused for the tenant's state
    And no backend was asked anything
    Given the target is in state "active"
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And every backend was asked something

    Examples:
      | state     |
      | suspended |
      | deleting  |

  @R-EC5-5 @needs:faults
  Scenario: For a restore into an unknown tenant no backend is asked anything
    Given an implementation whose questions to its backends are counted
    When a restore into the target is requested with an unknown tenant
    Then the request is refused with 404 and code "TENANT_NOT_FOUND"
    And no backend was asked anything
