@E5 @needs:older_formats
Feature: E5 An artifact of an older format is restored
  Whoever kept a backup in the public format 1.0.0 gets back all that it can say, and is told what it cannot. What is of
  no known version is refused before anything is touched.
  It usually fails because only one of the two shapes of 1.0.0 is read, and what the other holds is dropped without a word.

  Background:
    Given a source tenant of which format 1.0.0 can say everything
    And an empty target tenant beside a bystander

  @R-E5-1
  Scenario: Both versions are listed
    Then the format versions list 1.0.0 and the current one, each with a checksum of its own

  @R-E5-2
  Scenario Outline: Migrated first, then restored, an artifact in the <shape> shape makes the whole tenant
    Given its artifact of format 1.0.0 in the <shape> shape
    When the implementation migrates the artifact
    And the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report tells the migration from 1.0.0
    And the target holds exactly what the source holds

    Examples:
      | shape   |
      | export  |
      | restore |

  @R-E5-3 @R-E5-6
  Scenario Outline: Restored as it is, an artifact in the <shape> shape makes the whole tenant, and a second time nothing
    Given its artifact of format 1.0.0 in the <shape> shape
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the report tells the migration from 1.0.0
    And the target holds exactly what the source holds
    When the state of the target is remembered
    And the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And nothing was created, kept or refused by it
    And the state of the target is the remembered one

    Examples:
      | shape   |
      | export  |
      | restore |

  @R-E5-3
  Scenario: Members that a restore does not need may be missing, and others may be there
    Given its artifact of format 1.0.0 in the restore shape
    And only the members that a restore of format 1.0.0 needs, beside some that nobody knows
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the target holds exactly what the source holds

  @R-E5-4
  Scenario: What cannot be carried is told, and all else is restored
    Given its artifact of format 1.0.0 in the export shape
    And in it, much that no restore can bring back
    When the export is restored into the target with the proposed identifier map
    Then the report tells the migration from 1.0.0
    And its migration warnings name all that could not be carried
    And the target holds exactly what the source holds

  @R-E5-5
  Scenario Outline: A <operation> of an artifact of format "<version>" is refused
    Given its artifact of format 1.0.0 in the export shape
    When a <operation> of the artifact as of format "<version>" is asked for
    Then the request is refused with 422 and code "UNSUPPORTED_FORMAT_VERSION"
    And the message mentions "<version>"
    And the target holds nothing

    Examples:
      | operation  | version  |
      | restore    | 0.9.0    |
      | restore    | 1.0      |
      | restore    | 1.1.0    |
      | restore    | nonsense |
      | restore    | 99.0.0   |
      | proposal   | 0.9.0    |
      | proposal   | 99.0.0   |
      | migration  | 0.9.0    |
      | migration  | nonsense |
      | migration  | 99.0.0   |
      | validation | 1.1.0    |
      | validation | 99.0.0   |

  @R-E5-7
  Scenario Outline: An artifact in the <shape> shape is valid, and every flaw of another is told with its path
    Given its artifact of format 1.0.0 in the <shape> shape
    When the artifact is validated
    Then the verdict is that it is valid and must be migrated
    When the artifact is validated with one domain twice and no tenant
    Then the verdict is that it is invalid, and both flaws are told with their paths
    And the target holds nothing

    Examples:
      | shape   |
      | export  |
      | restore |
