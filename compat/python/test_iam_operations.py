"""IAM as boto3 has it: each operation's success, and what is so afterwards."""

import json

import pytest

from harness.flumen import running_elsewhere
from test_identities import ACCOUNT, Directory, allow, document

pytestmark = pytest.mark.skipif(running_elsewhere(), reason="needs a server of its own")

READ_ONLY = "arn:aws:iam::aws:policy/FlumenReadOnly"
PUT, GET = document(allow("kinesis:PutRecord")), document(allow("kinesis:GetRecords"))
TRUST = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
RED, BLUE = {"Key": "team", "Value": "red"}, {"Key": "stage", "Value": "blue"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    made = Directory(tmp_path_factory.mktemp("iam"))
    with made.server:
        yield made


@pytest.fixture(scope="module")
def iam(directory):
    return directory.client("iam")


def names(found, member):
    return sorted(one[member] for one in found)


def test_users(directory, iam):
    made = iam.create_user(UserName="ana", Path="/team/", Tags=[RED])["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/ana"
    iam.tag_user(UserName="ana", Tags=[BLUE])
    iam.untag_user(UserName="ana", TagKeys=["team"])
    assert iam.list_user_tags(UserName="ana")["Tags"] == [BLUE]
    iam.update_user(UserName="ana", NewUserName="ann", NewPath="/")
    found = iam.get_user(UserName="ann")["User"]
    assert (found["Path"], found["UserId"], found["Tags"]) == ("/", made["UserId"], [BLUE])
    assert "ann" in names(iam.list_users()["Users"], "UserName")

    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=PUT)
    assert iam.get_user_policy(UserName="ann", PolicyName="own")["PolicyDocument"] == json.loads(PUT)
    assert iam.list_user_policies(UserName="ann")["PolicyNames"] == ["own"]
    iam.attach_user_policy(UserName="ann", PolicyArn=READ_ONLY)
    assert names(iam.list_attached_user_policies(UserName="ann")["AttachedPolicies"], "PolicyArn") == [READ_ONLY]
    iam.put_user_permissions_boundary(UserName="ann", PermissionsBoundary=READ_ONLY)
    assert iam.get_user(UserName="ann")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    iam.delete_user_permissions_boundary(UserName="ann")
    assert "PermissionsBoundary" not in iam.get_user(UserName="ann")["User"]

    key = iam.create_access_key(UserName="ann")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="ann", AccessKeyId=key, Status="Inactive")
    listed = iam.list_access_keys(UserName="ann")["AccessKeyMetadata"]
    assert [(found["AccessKeyId"], found["Status"]) for found in listed] == [(key, "Inactive")]
    assert iam.get_access_key_last_used(AccessKeyId=key)["UserName"] == "ann"
    assert directory.client("sts").get_access_key_info(AccessKeyId=key)["Account"] == ACCOUNT

    iam.delete_access_key(UserName="ann", AccessKeyId=key)
    iam.detach_user_policy(UserName="ann", PolicyArn=READ_ONLY)
    iam.delete_user_policy(UserName="ann", PolicyName="own")
    iam.delete_user(UserName="ann")
    assert "ann" not in names(iam.list_users()["Users"], "UserName")


def test_groups(iam):
    iam.create_user(UserName="bob")
    made = iam.create_group(GroupName="writers")["Group"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/writers"
    iam.update_group(GroupName="writers", NewGroupName="putters", NewPath="/team/")
    assert names(iam.list_groups(PathPrefix="/team/")["Groups"], "GroupName") == ["putters"]
    iam.add_user_to_group(GroupName="putters", UserName="bob")
    group = iam.get_group(GroupName="putters")
    assert (group["Group"]["GroupId"], names(group["Users"], "UserName")) == (made["GroupId"], ["bob"])
    assert names(iam.list_groups_for_user(UserName="bob")["Groups"], "GroupName") == ["putters"]

    iam.put_group_policy(GroupName="putters", PolicyName="own", PolicyDocument=PUT)
    assert iam.get_group_policy(GroupName="putters", PolicyName="own")["PolicyDocument"] == json.loads(PUT)
    assert iam.list_group_policies(GroupName="putters")["PolicyNames"] == ["own"]
    iam.attach_group_policy(GroupName="putters", PolicyArn=READ_ONLY)
    attached = iam.list_attached_group_policies(GroupName="putters")["AttachedPolicies"]
    assert names(attached, "PolicyName") == ["FlumenReadOnly"]

    iam.detach_group_policy(GroupName="putters", PolicyArn=READ_ONLY)
    iam.delete_group_policy(GroupName="putters", PolicyName="own")
    iam.remove_user_from_group(GroupName="putters", UserName="bob")
    assert iam.list_groups_for_user(UserName="bob")["Groups"] == []
    iam.delete_group(GroupName="putters")
    iam.delete_user(UserName="bob")
    assert iam.list_groups()["Groups"] == []


def test_roles(iam):
    made = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=TRUST, Description="reads", Tags=[RED])["Role"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/reader"
    iam.tag_role(RoleName="reader", Tags=[BLUE])
    iam.untag_role(RoleName="reader", TagKeys=["team"])
    assert iam.list_role_tags(RoleName="reader")["Tags"] == [BLUE]
    iam.update_role(RoleName="reader", MaxSessionDuration=7200)
    assert iam.update_role_description(RoleName="reader", Description="reads more")["Role"]["Description"] == "reads more"
    other = TRUST.replace(ACCOUNT, "111111111111")
    iam.update_assume_role_policy(RoleName="reader", PolicyDocument=other)
    found = iam.get_role(RoleName="reader")["Role"]
    assert (found["MaxSessionDuration"], found["AssumeRolePolicyDocument"]) == (7200, json.loads(other))
    assert names(iam.list_roles()["Roles"], "RoleName") == ["reader"]

    iam.put_role_policy(RoleName="reader", PolicyName="own", PolicyDocument=GET)
    assert iam.get_role_policy(RoleName="reader", PolicyName="own")["PolicyDocument"] == json.loads(GET)
    assert iam.list_role_policies(RoleName="reader")["PolicyNames"] == ["own"]
    iam.attach_role_policy(RoleName="reader", PolicyArn=READ_ONLY)
    assert names(iam.list_attached_role_policies(RoleName="reader")["AttachedPolicies"], "PolicyArn") == [READ_ONLY]
    iam.put_role_permissions_boundary(RoleName="reader", PermissionsBoundary=READ_ONLY)
    assert iam.get_role(RoleName="reader")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    iam.delete_role_permissions_boundary(RoleName="reader")
    assert "PermissionsBoundary" not in iam.get_role(RoleName="reader")["Role"]

    iam.detach_role_policy(RoleName="reader", PolicyArn=READ_ONLY)
    iam.delete_role_policy(RoleName="reader", PolicyName="own")
    iam.delete_role(RoleName="reader")
    assert iam.list_roles()["Roles"] == []


def test_policies_and_their_versions(iam):
    arn = iam.create_policy(PolicyName="put", PolicyDocument=PUT, Description="puts", Tags=[RED])["Policy"]["Arn"]
    iam.tag_policy(PolicyArn=arn, Tags=[BLUE])
    iam.untag_policy(PolicyArn=arn, TagKeys=["team"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [BLUE]
    second = iam.create_policy_version(PolicyArn=arn, PolicyDocument=GET)["PolicyVersion"]
    assert (second["VersionId"], second["IsDefaultVersion"]) == ("v2", False)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(PUT)
    assert names(iam.list_policy_versions(PolicyArn=arn)["Versions"], "VersionId") == ["v1", "v2"]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert names(iam.list_policy_versions(PolicyArn=arn)["Versions"], "VersionId") == ["v2"]
    assert names(iam.list_policies(Scope="Local")["Policies"], "Arn") == [arn]

    iam.create_user(UserName="eve")
    iam.attach_user_policy(UserName="eve", PolicyArn=arn)
    entities = iam.list_entities_for_policy(PolicyArn=arn)
    assert (names(entities["PolicyUsers"], "UserName"), entities["PolicyRoles"]) == (["eve"], [])
    asked = {"ActionNames": ["kinesis:GetRecords", "kinesis:PutRecord"]}
    decided = iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/eve", **asked)["EvaluationResults"]
    assert [result["EvalDecision"] for result in decided] == ["allowed", "implicitDeny"]
    decided = iam.simulate_custom_policy(PolicyInputList=[PUT], **asked)["EvaluationResults"]
    assert [result["EvalDecision"] for result in decided] == ["implicitDeny", "allowed"]

    iam.detach_user_policy(UserName="eve", PolicyArn=arn)
    iam.delete_user(UserName="eve")
    iam.delete_policy(PolicyArn=arn)
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_what_there_is_none_of_is_listed_as_nothing(iam):
    """Tools ask for these before they delete a user or a role."""
    iam.create_user(UserName="tom")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    assert iam.list_account_aliases()["AccountAliases"] == []
    assert iam.list_instance_profiles()["InstanceProfiles"] == []
    assert iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"] == []
    assert iam.list_mfa_devices(UserName="tom")["MFADevices"] == []
    assert iam.list_ssh_public_keys(UserName="tom")["SSHPublicKeys"] == []
    assert iam.list_signing_certificates(UserName="tom")["Certificates"] == []
    assert iam.list_service_specific_credentials(UserName="tom")["ServiceSpecificCredentials"] == []
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_login_profile(UserName="tom")
    iam.delete_role(RoleName="r")
    iam.delete_user(UserName="tom")
