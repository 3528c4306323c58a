from after import doubled_xs, raw_xs


def test_numbers_are_doubled(materialize):
    assert materialize([raw_xs, doubled_xs]).output_for_node("doubled_xs") == [2, 4, 6]
