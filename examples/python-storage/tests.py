"""What the suite does not see of an implementation that declares no faults: `python3 tests.py`, from this folder."""

import unittest
import xml.etree.ElementTree as xml

from storage_restore import buckets, plan, service, tenants
from storage_restore.problem import Problem


class Locks(unittest.TestCase):
    def setUp(self):
        self.tenants = tenants.Tenants()
        self.tenants.register("acme", "active")

    def test_a_second_restore_is_told_who_holds_the_tenant_and_when_to_try_again(self):
        self.tenants.lock("acme", "first")
        with self.assertRaises(Problem) as refused:
            self.tenants.lock("acme", "second")
        self.assertEqual((refused.exception.status, refused.exception.code), (409, "LOCK_HELD"))
        self.assertEqual(refused.exception.extra["holder"]["correlation_id"], "first")
        self.assertTrue(1 <= refused.exception.retry_after <= 30)

    def test_a_holder_that_was_overtaken_may_not_write_and_takes_nothing_from_its_successor(self):
        slept = self.tenants.lock("acme", "first")
        slept.expires_at = tenants.now()
        successor = self.tenants.lock("acme", "second")
        with self.assertRaisesRegex(tenants.Interrupted, "lost"):
            self.tenants.fence("acme", slept)
        self.tenants.unlock("acme", slept)
        self.tenants.fence("acme", successor)

    def test_a_holder_that_outlived_its_lease_may_not_write_though_nobody_took_over(self):
        slept = self.tenants.lock("acme", "first")
        slept.expires_at = tenants.now()
        with self.assertRaises(tenants.Interrupted):
            self.tenants.fence("acme", slept)

    def test_a_tenant_that_is_suspended_meanwhile_is_written_to_no_more(self):
        lock = self.tenants.lock("acme", "first")
        self.tenants.fence("acme", lock)
        self.tenants.set_state("acme", "suspended")
        with self.assertRaisesRegex(tenants.Interrupted, "no longer active"):
            self.tenants.fence("acme", lock)


class Buckets(unittest.TestCase):
    def test_what_s3_keeps_as_xml_comes_back_as_it_was(self):
        text = "<Tagging><TagSet><Tag><Key>b</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value/></Tag></TagSet></Tagging>"
        nodes = buckets.to_nodes(xml.fromstring(text), ordered=True)
        again = buckets.parsed(buckets.to_xml("Tagging", nodes))
        self.assertEqual(xml.tostring(again), xml.tostring(xml.fromstring(text)))
        self.assertTrue(buckets.is_nodes(nodes))
        self.assertFalse(buckets.is_nodes([["a", 1]]) or buckets.is_nodes([["a b", "x"]]) or buckets.is_nodes({"a": "b"}))

    def test_a_policy_calls_its_own_bucket_own_and_no_other(self):
        arn = "arn:aws:s3:::acme-in"
        policy = {"Statement": {"Action": "s3:GetObject", "Resource": [f"{arn}/*", f"{arn}voices/*", arn]}}
        relative = buckets.relative_policy(policy, "acme-in")
        self.assertEqual(relative["Statement"][0]["Resource"], [f"{arn}voices/*", "bucket:", "bucket:/*"])
        with self.assertRaisesRegex(buckets.Refused, "acme-invoices"):
            buckets.check_policy(relative)

    def test_a_bucket_in_the_space_of_another_tenant_is_refused_by_name(self):
        registry = tenants.Tenants()
        for tenant_id in ("acme", "acme-prod"):
            registry.register(tenant_id, "active")
        action = plan.decide({"name": "prod-in", "settings": {}}, "acme", registry, {})
        self.assertEqual(action.decision, plan.ERROR)
        self.assertIn("`acme-prod-in` is in the space of `acme-prod`", action.message)


class Bodies(unittest.TestCase):
    def test_an_artifact_is_measured_as_it_stands_in_the_request(self):
        text = '{"a": [1, {"artifact": 2}],\n "artifact" : {"x":  "\\u00fc\u00fc"} , "b": 1}'
        self.assertEqual(service.text_of("artifact", text), '{"x":  "\\u00fc\u00fc"}')
        size = len('{"x":  "\\u00fc\u00fc"}'.encode())
        self.assertEqual(service.members(text, size)["b"], 1)
        with self.assertRaises(Problem) as refused:
            service.members(text, size - 1)
        self.assertEqual(refused.exception.status, 413)


unittest.main()
