"""The checklist for a simulated Wise (wise-api.md sections 10.3 and 10.4): each point with the tests that show it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent

CHECKLIST: dict[str, str] = {
    # 10.4
    "1 legacy and calendar paths": "test_known_versions_answer test_profiles_differ_by_version",
    "1 unknown versions are 404": "test_unknown_versions_do_not_answer",
    "1 unknown fields are ignored": "test_fields_that_wise_does_not_know_are_ignored",
    "2 tokens of twelve hours": "test_client_credentials_live_twelve_hours",
    "2 one access token a user": "test_a_user_has_one_access_token test_refresh_kills_the_token_before",
    "2 a connection that ends": "test_a_revoked_connection_is_dead_for_good",
    "3 SCA by region": "test_sca_region_asks_a_person test_an_approval_opens_statements_for_ninety_days",
    "4 two fee levels": "test_recorded_source_quote test_recorded_target_quote test_target_is_delivered_exactly",
    "4 clocks": "test_quote_lives_thirty_minutes test_short_rate_is_the_first_quote_only",
    "4 a patch prices again": "test_recipient_decides_the_route",
    "4 disabled options": "test_balance_option_is_closed_without_a_balance test_illustrative_quote_backs_nothing",
    "4 notices, one that blocks": "test_notices_come_with_quotes_and_a_block_makes_no_transfer",
    "5 forms": "test_sixty_types_have_forms test_filled_forms_are_accepted test_form_and_check_agree",
    "5 refresh": "test_refresh_opens_dependent_fields",
    "5 addresses by source": "test_sender_in_dollars_needs_addresses",
    "5 validation errors": "test_bad_details_are_named_by_path",
    "6 hashes": "test_hashes_tell_what_changed",
    "6 two objects": "test_legacy_create_answers_the_old_object",
    "6 paging": "test_lists_page_by_seek_position",
    "6 deactivation": "test_deactivation_is_final",
    "6 P.O. boxes": "test_post_boxes_are_recognised",
    "6 the same recipient twice": "test_the_same_recipient_twice_is_one_or_two",
    "7 the key": "test_same_key_gives_the_same_transfer test_a_repeated_key_can_be_refused",
    "7 the key is forgotten": "test_a_key_can_be_forgotten_after_days",
    "7 one a quote": "test_quote_backs_one_transfer",
    "7 values change at funding": "test_funding_takes_amount_and_fee_once",
    "7 form of a transfer": "test_transfer_looks_like_wise test_ids_pass_int32_and_stay_exact",
    "7 list": "test_list_of_transfers",
    "7 unknown transfers": "test_an_unknown_transfer_is_a_403_or_a_404",
    "8 200 and 201, REJECTED in both": "test_the_status_of_a_funding_is_no_promise test_lack_of_money_is_rejected",
    "8 text": "test_funding_refusals_can_be_bare_text test_second_funding_moves_nothing",
    "8 all other codes": "test_other_funding_refusals test_every_refusal_of_the_funding_service_can_be_had",
    "9 delays": "test_happy_path_is_told_in_order test_the_time_scale_shortens_wises_own_delays",
    "9 bounces": "test_simulated_bounce_returns_the_money",
    "9 rollbacks": "test_a_rollback_is_told_and_the_transfer_goes_on test_a_transfer_may_come_into_any_status",
    "9 auto-cancel": "test_unfunded_transfer_dies_after_fourteen_days",
    "9 cancel": "test_cancel_until_converted test_cancel_can_end_with_the_funding test_wise_cancels_and_refunds",
    "9 active issues": "test_an_active_case_holds_a_transfer_up test_an_unverified_business_stands_still",
    "9 payout failures": "test_payout_failure_event_has_no_resource test_a_payout_may_fail_without_a_change_of_state",
    "10 debits and refunds": "test_top_up_makes_funding_possible test_refund_and_balance_events",
    "10 statements": "test_compact_lines_have_the_fee_in_them test_flat_lines_have_the_fee_beside_them "
    "test_camt_says_what_json_says test_statements_have_bounds",
    "12 signature": "test_signature_is_over_the_raw_body",
    "12 test POST": "test_subscription_needs_an_answer test_probe_waits_for_valid_calls",
    "12 addresses": "test_address_rule",
    "12 event types and versions": "test_unknown_events_are_refused test_event_bodies_by_version",
    "12 retries": "test_retry_schedule test_refusals_are_retried_less test_a_receiver_says_when_to_come_again",
    "12 duplicates, disorder, loss": "test_webhook_three_times test_webhooks_reversed test_lost_webhook",
    "13 faults": "test_an_answer_may_be_lost_after_its_effect test_a_burst_of_429_names_its_limit "
    "test_the_edge_answers_in_html",
    "13 five families": "test_all_five_families_of_errors_come_up",
    # 10.3, where the points above do not say it
    "expired rate": "test_late_funding_is_repriced_silently",
    "payee checks": "test_the_payees_bank_may_know_another_name",
    "late bounce, short refund": "test_a_late_bounce_may_come_back_short test_swift_refund_is_short",
    "nonsense": "test_nonsense_is_refused_not_crashed",
}


def names_here() -> set[str]:
    """The tests of the simulators."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("test_*.py"))
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("point", CHECKLIST)
def test_each_point_is_shown(point: str) -> None:
    """Every point of the checklist names tests that there are."""
    named = set(CHECKLIST[point].split())
    assert named
    assert named <= names_here(), named - names_here()


def test_no_point_is_left_out() -> None:
    """All of 10.4 but the batch groups (11), which have a checklist of their own, is on the list."""
    numbers = {point.split()[0] for point in CHECKLIST if point[0].isdigit()}
    assert numbers == {str(number) for number in range(1, 14)} - {"11"}
