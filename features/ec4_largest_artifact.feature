@EC4
Feature: EC4 The largest artifact is restored, however long it takes
  Whoever has an artifact of the size that is advertised can restore it, whole. A restore may take longer than its client
  waits: it goes on without one, can be looked at meanwhile, and tells its end to whoever asks.
  It usually fails because a server in front cuts large bodies, because memory holds the artifact many times over, or because
  a restore ends with the connection of its client.

  Background:
    Given a source tenant with every kind of resource
    And the export of the source
    And an empty target tenant beside a bystander

  @R-EC4-1 @R-R-1 @R-R-3 @R-R-4 @slow @needs:faults @needs:runs @domains:5
  Scenario: An artifact at the limit is restored whole, although its client goes away meanwhile
    Given an implementation that takes artifacts of up to 64 MiB
    And a source tenant whose export comes close to that limit
    And the export is filled up to exactly the limit of the implementation
    And the backend of "storage" lets its first write wait
    When a restore into the target is begun, as far as the first write to "storage"
    And the client of the restore that was begun goes away
    Then its run is found by its correlation id
    And the run is at work
    And its progress tells how much every domain has to write, and that "storage" is not done
    When the backend of "storage" goes on
    And the run has ended
    Then the run ended with a report, and all that was to be written was attempted
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds

  @R-EC4-3 @slow @needs:faults @needs:bounded_memory @domains:5
  Scenario: An artifact at the limit needs no more than eight times its size of memory
    Given an implementation that takes artifacts of up to 64 MiB
    And a source tenant whose export comes close to that limit
    And the export is filled up to exactly the limit of the implementation
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the implementation never had more than 512 MiB of memory

  @R-EC4-2 @slow @needs:faults @domains:5
  Scenario: A large artifact of one byte over the limit is refused with an answer, and nothing is written
    Given an implementation that takes artifacts of up to 64 MiB
    And a source tenant whose export comes close to that limit
    And the export is filled up to one byte over the limit of the implementation
    When the export is restored into the target without an identifier map
    Then the request is refused with 413 and code "ARTIFACT_TOO_LARGE"
    And the target holds nothing

  @R-EC4-1 @R-EC4-2
  Scenario: The limit holds to the byte
    Given the export is filled up to exactly the limit of the implementation
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the target holds exactly what the source holds
    Given the export is filled up to one byte over the limit of the implementation
    When all resources of the target are destroyed
    And the export is restored into the target without an identifier map
    Then the request is refused with 413 and code "ARTIFACT_TOO_LARGE"
    And the target holds nothing

  @R-EC4-1 @slow @domain:iam @domain:mongo_metadata
  Scenario: What is more than a thousand of a kind is restored whole
    Given a source tenant as the fixture "thousands" declares it
    And the export of the source
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds

  @R-R-1 @R-R-3 @R-R-4 @needs:faults @needs:runs
  Scenario: A restore goes on when its client goes away, and its run is found again
    Given the backend of "storage" lets its first write wait
    When a restore into the target is begun, as far as the first write to "storage"
    And the client of the restore that was begun goes away
    Then its run is found by its correlation id
    And the run is at work
    And its progress tells how much every domain has to write, and that "storage" is not done
    When the backend of "storage" goes on
    And the run has ended
    Then the run ended with a report, and all that was to be written was attempted
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds

  @R-R-2 @R-R-3 @needs:faults @needs:runs
  Scenario: Who prefers not to wait is answered at once, and finds the report where the answer said
    Given the backend of "storage" lets its first write wait
    When a restore of the export into the target is asked for, without waiting for it
    Then the answer is 202 and tells where its run can be looked at
    And the run is at work
    When the backend of "storage" goes on
    And the run has ended
    Then the run ended with a report, and all that was to be written was attempted
    And the report says that every resource of the artifact is there and verified
    And the target holds exactly what the source holds

  @R-R-2 @needs:runs
  Scenario: Who prefers not to wait is refused at once all the same
    Given the target is in state "suspended"
    When a restore of the export into the target is asked for, without waiting for it
    Then the restore is refused for the tenant's state
    And the target holds nothing

  @R-R-3 @needs:runs
  Scenario: The run of a restore that was waited for has the report of its answer
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the run that the answer leads to has the same report

  @R-R-3 @needs:runs
  Scenario: A run that writes nothing on purpose tells why it ended
    Given the target holds its "iam" as the source does, but for a gap and a role with other composites
    When a restore of the export is asked for under conflict policy "fail", without waiting for it
    Then the answer is 202 and tells where its run can be looked at
    When the run has ended
    Then the run ended without a report, "blocked", and tells "CONFLICTS_PRESENT"

  @R-R-3 @needs:runs
  Scenario: A run that never was is not found
    When a run of the target that never was is looked at
    Then the request is refused with 404 and code "RUN_NOT_FOUND"
