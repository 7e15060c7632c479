"""Where and how much was given in the demo: published protocols, each with its source.

Only figures that the source states are used: strengths, volumes, number of sites, interval. Where it states
only a total, as Yelland 2004 does, the volume of one mark is the demo's, and the total keeps to the source.
Sites are named by their keys, ``{side}`` standing for the side that is treated.
"""

from __future__ import annotations

from dataclasses import dataclass

from charting.domain import Guidance, Technique


@dataclass(frozen=True)
class Given:
    """One mark: at the anchor of a site, along several, or over the area of several.

    ``syringe`` is the place of its solution in the protocol. ``off`` is where it lies from the anchor, in mm
    of the view frame; ``wide`` is how far a field reaches beyond its anchors, in mm.
    """

    view: str
    sites: tuple[str, ...]
    ml_each: str
    kind: str = "point"
    deposits: int = 1
    punctures: int = 1
    syringe: int = 0
    technique: Technique | None = Technique.ENTHESIS
    guidance: Guidance = Guidance.LANDMARK
    to_bone: bool = True
    off: tuple[float, float] = (0.0, 0.0)
    wide: float = 14.0


@dataclass(frozen=True)
class Syringe:
    """A solution: its name, its agents at their final strengths in percent, and how much was drawn up."""

    name: str
    agents: tuple[tuple[str, str], ...]
    prepared_ml: str | None = None


@dataclass(frozen=True)
class Followed:
    """What a session of the demo follows, in the words of its note, and the needle that was used."""

    words: str
    syringes: tuple[Syringe, ...]
    given: tuple[Given, ...]
    needle: str = ""


INTO_A_JOINT = Technique.INTRA_ARTICULAR

DUMAIS_2012 = Followed(
    words="Sites, strengths and volumes as in Dumais 2012: 1 mL at each of 8 places where the "
    "collateral ligaments attach, 5 mL into the joint.",
    syringes=(
        Syringe(
            "Ligament solution", (("dextrose", "15"), ("lidocaine", "0.6")), "10"
        ),
        Syringe("Joint solution", (("dextrose", "20"), ("lidocaine", "0.5")), "5"),
    ),
    given=(
        Given("knee_{side}_medial", ("knee.mcl.femoral/{side}",), "1", off=(0, -4)),
        Given("knee_{side}_medial", ("knee.mcl.femoral/{side}",), "1", off=(0, 4)),
        Given("knee_{side}_medial", ("knee.mcl.tibial/{side}",), "1", off=(0, -5)),
        Given("knee_{side}_medial", ("knee.mcl.tibial/{side}",), "1", off=(0, 5)),
        Given("knee_{side}_lateral", ("knee.lcl.femoral/{side}",), "1", off=(0, -3)),
        Given("knee_{side}_lateral", ("knee.lcl.femoral/{side}",), "1", off=(0, 3)),
        Given("knee_{side}_lateral", ("knee.lcl.fibular/{side}",), "1", off=(-2, 0)),
        Given("knee_{side}_lateral", ("knee.lcl.fibular/{side}",), "1", off=(2, 0)),
        Given(
            "knee_{side}_anterior", ("knee.joint/{side}",), "5", syringe=1, technique=INTO_A_JOINT,
            to_bone=False,
        ),
    ),
)  # fmt: skip

REEVES_2000 = Followed(
    words="As in Reeves and Hassanein 2000: 9 mL into each knee from inferomedially, dose by dose every two "
    "months.",
    syringes=(
        Syringe("Dextrose 10 % + lidocaine 0.075 %", (("dextrose", "10"), ("lidocaine", "0.075")), "18"),
    ),
    given=(
        Given("knee_right_anterior", ("knee.joint/right",), "9", technique=INTO_A_JOINT, to_bone=False),
        Given("knee_left_anterior", ("knee.joint/left",), "9", technique=INTO_A_JOINT, to_bone=False),
    ),
    needle="27G",
)

BERTRAND_2016 = Followed(
    words="Sites, strength and 1 mL each as in Bertrand 2016, eight structures of the shoulder.",
    syringes=(Syringe("Dextrose 25 % + lidocaine 0.1 %", (("dextrose", "25"), ("lidocaine", "0.1")), "10"),),
    given=(
        Given("shoulder_{side}_lateral", ("shoulder.supraspinatus/{side}",), "1"),
        Given("shoulder_{side}_posterior", ("shoulder.infraspinatus/{side}",), "1"),
        Given("shoulder_{side}_posterior", ("shoulder.teres_minor_insertion/{side}",), "1"),
        Given("shoulder_{side}_anterior", ("shoulder.subscapularis/{side}",), "1"),
        Given("shoulder_{side}_superior", ("shoulder.biceps_long_origin/{side}",), "1"),
        Given("shoulder_{side}_anterior", ("shoulder.biceps_short_coracoid/{side}",), "1"),
        Given("shoulder_{side}_anterior", ("shoulder.ighl_anterior/{side}",), "1"),
        Given("shoulder_{side}_posterior", ("shoulder.ighl_posterior/{side}",), "1"),
    ),
)

BERTRAND_2016_WITH_SCAPULA = Followed(
    words="Sites, strength and 1 mL each as in Bertrand 2016, with teres minor and triceps on the scapula.",
    syringes=BERTRAND_2016.syringes,
    given=(
        *BERTRAND_2016.given,
        Given("shoulder_{side}_posterior", ("shoulder.teres_minor_origin/{side}",), "1"),
        Given("shoulder_{side}_posterior", ("shoulder.triceps_long_head/{side}",), "1"),
    ),
)

BACK = "low_back_posterior"

YELLAND_2004 = Followed(
    words="Tender lumbo-pelvic ligaments with glucose 20 % and lignocaine 0.2 %, 10 to 30 mL a session, as "
    "in Yelland 2004.",
    syringes=(Syringe("Dextrose 20 % + lidocaine 0.2 %", (("dextrose", "20"), ("lidocaine", "0.2")), "20"),),
    given=(
        Given(BACK, ("lumbar.supraspinous_ligament/midline/L4",), "1.5"),
        Given(BACK, ("lumbar.interspinous_ligament/midline/L5S1",), "1.5"),
        Given(BACK, ("iliolumbar.transverse_process/right",), "1.5"),
        Given(BACK, ("iliolumbar.transverse_process/left",), "1.5"),
        Given(BACK, ("iliolumbar.iliac_crest/right",), "1.5"),
        Given(BACK, ("iliolumbar.iliac_crest/left",), "1.5"),
        Given(BACK, ("sacroiliac.posterior_ligament_upper/right",), "1.5"),
        Given(BACK, ("sacroiliac.posterior_ligament_upper/left",), "1.5"),
        Given("full_posterior", ("sacrotuberous.sacral/right",), "1.5"),
        Given("full_posterior", ("sacrotuberous.sacral/left",), "1.5"),
    ),
)

DECHOW_1999 = Followed(
    words="Ligaments of L4/L5 and L5/S1, 10 mL in all, three times a week apart, as in Dechow 1999.",
    syringes=(
        Syringe(
            "Dextrose 12.5 % + glycerine 12.5 % + phenol 1.2 % + lidocaine 0.25 %",
            (("dextrose", "12.5"), ("glycerine", "12.5"), ("phenol", "1.2"), ("lidocaine", "0.25")),
            "10",
        ),
    ),
    given=(
        Given(BACK, ("lumbar.interspinous_ligament/midline/L4L5",), "1"),
        Given(BACK, ("lumbar.interspinous_ligament/midline/L5S1",), "1"),
        Given(BACK, ("lumbar.facet_capsule/right/L4L5",), "1"),
        Given(BACK, ("lumbar.facet_capsule/left/L4L5",), "1"),
        Given(BACK, ("lumbosacral.facet_capsule/right",), "1"),
        Given(BACK, ("lumbosacral.facet_capsule/left",), "1"),
        Given(BACK, ("iliolumbar.transverse_process/right",), "1"),
        Given(BACK, ("iliolumbar.transverse_process/left",), "1"),
        Given(BACK, ("lumbar.intertransverse_ligament/right/L4L5",), "1"),
        Given(BACK, ("lumbar.intertransverse_ligament/left/L4L5",), "1"),
    ),
)

GUL_2020 = Followed(
    words="Dextrose 13.5 % at the insertions (up to 8 mL) and 8 mL into the hip joint, every 21 days, as in "
    "Gul 2020.",
    syringes=(Syringe("Dextrose 13.5 %", (("dextrose", "13.5"),), "16"),),
    given=(
        Given(
            "pelvis_anterior", ("hip.joint/{side}",), "8", technique=INTO_A_JOINT, to_bone=False,
            guidance=Guidance.ULTRASOUND,
        ),
        Given("pelvis_anterior", ("hip.iliopsoas_insertion/{side}",), "1.5", guidance=Guidance.ULTRASOUND),
        Given("pelvis_anterior", ("pelvis.adductor_longus_origin/{side}",), "1.5"),
        Given("hip_{side}_lateral", ("hip.gluteus_medius_insertion/{side}",), "0.5", deposits=4),
        Given("hip_{side}_lateral", ("hip.gluteus_minimus_insertion/{side}",), "1.5"),
        Given("hip_{side}_lateral", ("hip.piriformis_insertion/{side}",), "1.5"),
    ),
)  # fmt: skip

USUAL = Syringe("Dextrose 15 % + lidocaine 0.2 %", (("dextrose", "15"), ("lidocaine", "0.2")), "22.5")
"""The usual syringe of the clinic, in deposits of 0.5 mL as Rabago 2013 gave at each insertion."""

USUAL_KNEE = Followed(
    words="0.5 mL at each insertion, by tenderness.",
    syringes=(USUAL,),
    needle="27G 38 mm",
    given=(
        Given("knee_{side}_medial", ("knee.mcl.femoral/{side}",), "0.5", deposits=2),
        Given("knee_{side}_medial", ("knee.mcl.tibial/{side}",), "0.5", deposits=3),
        Given("knee_{side}_medial", ("knee.pes_anserinus/{side}",), "0.5", deposits=2),
        Given(
            "knee_{side}_medial", ("knee.coronary_medial/{side}",), "0.5", kind="track", deposits=4,
            technique=Technique.FAN,
        ),
        Given("knee_{side}_lateral", ("knee.lcl.femoral/{side}",), "0.5"),
        Given("knee_{side}_lateral", ("knee.lcl.fibular/{side}",), "0.5"),
        Given("knee_{side}_lateral", ("knee.iliotibial_band_gerdy/{side}",), "0.5", deposits=2),
        Given(
            "knee_{side}_anterior", ("knee.patellar_tendon.patella/{side}",), "0.5", kind="field", deposits=4,
            punctures=2, technique=Technique.PEPPERING, to_bone=False, wide=7,
        ),
        Given("knee_{side}_anterior", ("knee.patellar_tendon.tibia/{side}",), "0.5", deposits=2),
    ),
)  # fmt: skip

USUAL_BACK = Followed(
    words="0.5 mL at each bony contact, from L2 to the sacrum.",
    syringes=(USUAL,),
    needle="25G 50 mm",
    given=(
        Given(
            BACK,
            (
                "lumbar.supraspinous_ligament/midline/L2", "lumbar.supraspinous_ligament/midline/L3",
                "lumbar.supraspinous_ligament/midline/L4",
            ),
            "0.5", kind="track", deposits=5, punctures=3,
        ),
        Given(BACK, ("lumbar.facet_capsule/right/L3L4",), "0.5"),
        Given(BACK, ("lumbar.facet_capsule/left/L3L4",), "0.5"),
        Given(BACK, ("lumbar.facet_capsule/right/L4L5",), "0.5"),
        Given(BACK, ("lumbar.facet_capsule/left/L4L5",), "0.5"),
        Given(BACK, ("lumbosacral.facet_capsule/right",), "0.5"),
        Given(BACK, ("lumbosacral.facet_capsule/left",), "0.5"),
        Given(BACK, ("lumbar.transverse_process/right/L4",), "0.5"),
        Given(BACK, ("lumbar.transverse_process/left/L4",), "0.5"),
        Given(BACK, ("iliolumbar.iliac_crest/right",), "0.5", deposits=2),
        Given(BACK, ("iliolumbar.iliac_crest/left",), "0.5", deposits=2),
        Given(
            BACK, ("pelvis.iliac_crest_posterior_third/right",), "0.5", kind="track", deposits=5,
            technique=Technique.FAN,
        ),
        Given(BACK, ("sacroiliac.posterior_ligament_upper/right",), "0.5", deposits=2),
        Given(BACK, ("sacroiliac.posterior_ligament_middle/right",), "0.5", deposits=2),
        Given(BACK, ("sacroiliac.posterior_ligament_lower/right",), "0.5", deposits=2),
        Given(BACK, ("sacroiliac.posterior_ligament_upper/left",), "0.5"),
        Given(
            BACK, ("lumbar.thoracolumbar_fascia/right",), "0.5", kind="field", deposits=8, punctures=4,
            technique=Technique.PEPPERING, to_bone=False, wide=15,
        ),
    ),
)  # fmt: skip

USUAL_SHOULDERS = Followed(
    words="0.5 mL at each insertion, both shoulders.",
    syringes=(USUAL,),
    needle="27G 38 mm",
    given=tuple(
        one
        for side in ("right", "left")
        for one in (
            Given(f"shoulder_{side}_superior", (f"shoulder.acromioclavicular_joint/{side}",), "0.5"),
            Given(f"shoulder_{side}_lateral", (f"shoulder.supraspinatus/{side}",), "0.5", deposits=3),
            Given(f"shoulder_{side}_anterior", (f"shoulder.biceps_short_coracoid/{side}",), "0.5"),
            Given(
                f"shoulder_{side}_anterior",
                (f"shoulder.coracoacromial_ligament/{side}", f"shoulder.coracohumeral_ligament/{side}"),
                "0.5", kind="track", deposits=4, technique=Technique.FAN,
            ),
            Given(
                f"shoulder_{side}_posterior", (f"shoulder.posterior_capsule/{side}",), "0.5", kind="field",
                deposits=6, punctures=3, technique=Technique.PEPPERING, wide=12,
            ),
        )
    ),
)  # fmt: skip

USUAL_HIP = Followed(
    words="0.5 mL at each insertion, by tenderness.",
    syringes=(USUAL,),
    needle="25G 50 mm",
    given=(
        Given("hip_{side}_lateral", ("hip.gluteus_medius_insertion/{side}",), "0.5", deposits=4),
        Given("hip_{side}_lateral", ("hip.gluteus_minimus_insertion/{side}",), "0.5", deposits=2),
        Given("hip_{side}_lateral", ("hip.iliotibial_tract/{side}",), "0.5", kind="track", deposits=5,
              technique=Technique.FAN),
        Given("hip_{side}_posterior", ("hip.piriformis_insertion/{side}",), "0.5", deposits=2),
        Given("hip_{side}_posterior", ("pelvis.hamstring_origin/{side}",), "0.5", kind="field", deposits=6,
              punctures=2, technique=Technique.PEPPERING, wide=10),
    ),
)  # fmt: skip
