Feature: A tenant of our own is restored
  The shapes that our tenants have, which the suite's own tenants need not have.

  Background:
    Given an empty target tenant beside a bystander
    And a source tenant as the fixture "orders" declares it

  Scenario: The whole order database comes back
    When the export is restored into the target with the proposed identifier map
    Then the restore succeeds
    And the target holds exactly what the source holds

  Scenario: A dry run of it writes nothing
    When the export is restored into the target with the proposed identifier map, as a dry run
    Then the dry run says that every resource of the artifact would be there
    And the target holds nothing
