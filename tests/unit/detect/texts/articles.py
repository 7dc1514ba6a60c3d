"""One invented article and its rewording, and another about the same subject."""

PORT = """\
The harbour authority of Velmora announced on Monday that it will close the northern pier for at \
least six months. Inspectors found deep cracks in eleven of the forty concrete pillars that carry \
the structure. Nobody was hurt, but two ferries had to turn back when the loading ramp dropped by \
several centimetres during the morning rush.

The pier was built in 1974 and was meant to last for fifty years. A report from 2019 had already \
warned that salt water was eating away the steel inside the pillars, yet the city council \
postponed the repairs twice because of their cost. The opposition now wants to know who signed the \
decision, and has asked for all minutes of the meetings to be published before the end of the week.

Fishermen and shop owners fear for their income. About three hundred families live from the ferry \
traffic, and the summer season brings most of what they earn in a year. The mayor promised \
compensation, but could not say how much money there will be or when anybody can apply for it.

Engineers from the technical university will examine the other piers next week. If these have the \
same damage, the whole port may have to be rebuilt, which according to a first estimate would cost \
more than two hundred million crowns and take the better part of a decade.
"""
PORT_REWORDED = """\
For no less than half a year, the north pier in Velmora stays shut, the port's administration said \
at the start of the week. Eleven out of forty concrete columns under it turned out to be badly \
cracked, according to inspectors. There were no injuries, although a pair of ferries were forced \
to go back after the ramp for loading sank a few centimetres in the morning peak.

Constructed in 1974, the pier had been planned for a lifetime of half a century. As early as 2019 \
experts cautioned in a report that seawater was corroding the steel in the columns; still the \
city's council put off repair work two times, since it was too expensive. Opposition parties \
demand to be told whose signature is under that decision and want every record of the sessions \
made public by the weekend.

Shopkeepers and people who fish are worried about how they will make a living. Some three hundred \
households depend on ferries, and they make most of their yearly earnings in summer. Compensation \
will be paid, the mayor assured them, without being able to tell what sum is available or from \
what date one may request it.

In the coming week, university engineers are going to inspect the remaining piers. Should similar \
damage be found there, it might become necessary to build the entire harbour anew, at a price \
estimated at over two hundred million crowns and over a period of nearly ten years.
"""
OTHER = """\
The central bank left its main interest rate unchanged on Thursday, as most economists had \
expected. Its governor said that inflation was falling more slowly than hoped, and that wages were \
still rising too fast for a cut this year. The currency gained half a percent after the decision.

Households with loans at variable rates will have to wait for relief. According to the statistics \
office, one family in nine now spends more than a third of its income on its mortgage. Banks have \
set aside more money for loans that may never be paid back, but describe the situation as stable.

Builders complained loudly. Permits for new houses have fallen to the lowest number since the \
series began, and several firms have sent workers home. The finance minister called for patience \
and ruled out a new subsidy, pointing to the deficit that her government inherited.

The next meeting of the bank's council is planned for December. Markets expect a first small cut \
in the spring, provided that energy prices do not rise again during the winter and that the \
harvest, after two dry years, brings the prices of food down at last.
"""
