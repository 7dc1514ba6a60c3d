"""The answers of CooRTweet and coordination-network-toolkit, as they give them, to move over from.

Written anew from the peers' published behaviour. Where a peer's figure is doubtful (weights that
count pairs of posts, symmetry between older and newer posts instead of two accounts) it is kept:
parity is the point here, and the detector proper has its own definition.
"""

from tocsin.detect.coordination.compat.cnt import (
    CntNetwork,
    co_link,
    co_post,
    co_retweet,
    co_similar_tweet,
    co_tweet,
)
from tocsin.detect.coordination.compat.coortweet import Groups, detect_groups, flag_speed_share
from tocsin.detect.coordination.compat.network import Network, generate_network
from tocsin.detect.coordination.compat.posts import Posts
from tocsin.detect.coordination.compat.stats import account_stats, group_stats

__all__ = [
    "CntNetwork",
    "Groups",
    "Network",
    "Posts",
    "account_stats",
    "co_link",
    "co_post",
    "co_retweet",
    "co_similar_tweet",
    "co_tweet",
    "detect_groups",
    "flag_speed_share",
    "generate_network",
    "group_stats",
]
