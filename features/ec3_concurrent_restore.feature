@EC3 @needs:faults @needs:replicas
Feature: EC3 Two restores never write to one tenant at the same time
  Whoever asks for a restore while another one of the same tenant is at work is told who holds the tenant and when to try
  again; what comes of it is what one restore makes.
  It usually fails because the lock is one of a process and not of the database, or is not renewed, or because a holder does
  not ask again before each write whether it still has it.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander
    And the backend of "storage" lets its first write wait

  @R-EC3-1 @R-EC3-2
  Scenario Outline: Of a restore and <count> more exactly one runs, whichever replica is asked
    When a restore into the target is begun, as far as the first write to "storage"
    And <count> more restores into the target are asked for, at both implementations
    Then each of them is refused with 409, told who holds the lock and when to try again
    When the backend of "storage" goes on
    And the restore that was begun has ended
    Then the target holds exactly what the source holds
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report says that every resource was there already

    Examples:
      | count |
      | 2     |
      | 49    |

  @R-EC3-3
  Scenario: Other tenants are not blocked
    When a restore into the target is begun, as far as the first write to "storage"
    Then a restore into another tenant succeeds meanwhile
    When the backend of "storage" goes on
    And the restore that was begun has ended
    Then the target holds exactly what the source holds

  @R-EC3-4 @slow @needs:process_control
  Scenario: The lock of a holder that was killed is free when its lease ends, and its restore is completed
    When a restore into the target is begun, as far as the first write to "storage"
    And the implementation of the scenario's own is killed
    And the restore is asked for again once the lock is free, at the other implementation
    Then the restore succeeds
    And the report says that every resource of the artifact is there now
    And the target holds exactly what the source holds

  @R-EC3-5 @slow @needs:process_control
  Scenario: A holder that slept through its lease and was overtaken writes nothing more
    When a restore into the target is begun, as far as the first write to "storage"
    And it waits for nothing but that
    And the implementation of the scenario's own is stopped in its tracks
    And the restore is asked for again once the lock is free, at the other implementation
    Then the restore succeeds
    And the target holds exactly what the source holds
    When all resources of the target are destroyed
    And it wakes up, and finds its write to "storage" lost
    And the restore that was begun has ended
    Then the target holds nothing
    And the restore did not succeed
