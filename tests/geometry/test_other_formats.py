"""VTP and Gmsh's MSH files of other programs: every encoding, and the names of their parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from places import DATA

from nanospine import box, load_mesh, repair_mesh, save_mesh, sphere
from nanospine.geometry.regions import Height
from nanospine.model.errors import GeometryError

MESH = sphere(0.5, 2).with_region("psd", Height(low=0.3))
#: A unit cube meshed by Gmsh 4.15 with the physical groups "the top" and "sides", in each version and as text (0) or
#: binary (1); its sides wind as its CAD kernel has them. `box_3d.msh` has tetrahedra as well.
GMSH = sorted((DATA / "gmsh").glob("*.msh"))


@pytest.mark.parametrize("path", GMSH, ids=lambda path: path.stem)
class TestGmsh:
    def test_physical_groups_become_regions(self, path: Path) -> None:
        mesh = repair_mesh(path, scale_to_um=1.0, regions="groups").mesh()
        assert mesh.volume == pytest.approx(1.0)
        assert {name: mesh.area(name) for name in mesh.region_names} == pytest.approx({"the top": 1.0, "sides": 5.0})
        assert mesh.center("the top") == pytest.approx([0.5, 0.5, 1.0])

    def test_surfaces_are_objects(self, path: Path) -> None:
        mesh = repair_mesh(path, scale_to_um=1.0, regions="objects").mesh()
        assert sorted(mesh.region_names) == [f"surface {number}" for number in range(1, 7)]
        assert mesh.center("surface 6") == pytest.approx([0.5, 0.5, 1.0])

    def test_without_being_asked_it_is_one_membrane(self, path: Path) -> None:
        assert repair_mesh(path, scale_to_um=1.0).mesh().region_names == ("membrane",)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ((b"$MeshFormat\n4.1", b"$MeshFormat\n4.0"), "its version is '4.0'; save it as 4.1 or 2.2"),
        ((b"$Nodes\n", b"$Notes\n"), "cannot be read"),
        ((b"$Elements\n6 ", b"$Elements\n7 "), "a section ends too early"),
        ((b"2 1 2 ", b"2 1 3 "), "it has quadrangles or curved triangles"),
        ((b"2 1 2 ", b"2 1 99 "), "elements of type 99"),
        ((b"$Nodes\n", b"$Nodes\n9"), "a section ends too early"),
    ],
)  # fmt: skip
def test_msh_files_that_are_none(tmp_path: Path, changes: tuple[bytes, bytes], says: str) -> None:
    content = (DATA / "gmsh" / "box_4.1_0.msh").read_bytes()
    assert changes[0] in content
    (tmp_path / "bad.msh").write_bytes(content.replace(*changes))
    with pytest.raises(GeometryError, match=says):
        load_mesh(tmp_path / "bad.msh", scale_to_um=1.0)


@pytest.mark.parametrize("kind", ["ascii", "binary", "appended", "appended in base64", "packed", "packed and appended"])
def test_vtp_files_of_vtk(tmp_path: Path, kind: str) -> None:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter

    data, points, polygons = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(MESH.vertices, deep=True))
    for face in MESH.faces.tolist():
        polygons.InsertNextCell(3, face)
    data.SetPoints(points)
    data.SetPolys(polygons)
    label = numpy_to_vtk(MESH.face_region.astype(np.int32), deep=True)
    label.SetName("label")
    data.GetCellData().AddArray(label)
    writer = vtkXMLPolyDataWriter()
    writer.SetFileName(str(tmp_path / "ball.vtp"))
    writer.SetInputData(data)
    if "packed" not in kind:
        writer.SetCompressorTypeToNone()
    if kind == "ascii":
        writer.SetDataModeToAscii()
    elif "appended" in kind:
        writer.SetDataModeToAppended()
        writer.SetEncodeAppendedData("base64" in kind)
    else:
        writer.SetDataModeToBinary()
    writer.Write()
    mesh = load_mesh(tmp_path / "ball.vtp", scale_to_um=1.0, regions="groups")
    assert mesh.volume == pytest.approx(MESH.volume, rel=1e-6)
    number = MESH.region_names.index("psd")
    assert mesh.area(f"label {number}") == pytest.approx(MESH.area("psd"), rel=1e-6)
    assert load_mesh(tmp_path / "ball.vtp", scale_to_um=1.0).region_names == ("membrane",)


def test_vtk_reads_what_is_saved(tmp_path: Path) -> None:
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    save_mesh(MESH, tmp_path / "ball.vtp")
    reader = vtkXMLPolyDataReader()
    reader.SetFileName(str(tmp_path / "ball.vtp"))
    reader.Update()
    data = reader.GetOutput()
    assert np.array_equal(vtk_to_numpy(data.GetPoints().GetData()), MESH.vertices)
    assert np.array_equal(vtk_to_numpy(data.GetCellData().GetArray("region")), MESH.face_region)


VTP = ('<VTKFile type="PolyData" byte_order="LittleEndian"><PolyData><Piece NumberOfPoints="8" NumberOfPolys="6">'
       '<Points><DataArray type="Float64" NumberOfComponents="3">{points}</DataArray></Points>'
       '<Polys><DataArray type="Int64" Name="connectivity">{corners}</DataArray>'
       '<DataArray type="Int64" Name="offsets">{ends}</DataArray></Polys></Piece></PolyData></VTKFile>')  # fmt: skip
POINTS = " ".join(f"{x} {y} {z}" for z in (0, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1)))
CORNERS = "0 3 2 1 4 5 6 7 0 1 5 4 1 2 6 5 2 3 7 6 3 0 4 7"


def test_polygons_of_vtp_files_are_the_triangles_from_their_first_corner(tmp_path: Path) -> None:
    (tmp_path / "box.vtp").write_text(VTP.format(points=POINTS, corners=CORNERS, ends="4 8 12 16 20 24"))
    mesh = load_mesh(tmp_path / "box.vtp", scale_to_um=1.0, regions={"bottom": [0, 1]})
    assert mesh.volume == pytest.approx(1.0)
    assert mesh.center("bottom") == pytest.approx([0.5, 0.5, 0.0])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("PolyData", "UnstructuredGrid"), "it holds no polygons"),
        (("24</DataArray>", "99</DataArray>"), "cannot be read"),
        (("4 8 12", "1 8 12"), "polygons of less than three corners"),
        (('"Int64"', '"Int65"'), "cannot be read"),
        (('byte_order="LittleEndian"', 'compressor="vtkLZ4DataCompressor"'), "save it uncompressed"),
        (("</Piece>", ""), "cannot be read"),
        (("0 3 2 1", "0 3 2 99"), "a face of vertex"),
        (("0 3 2 1", "0 3 2 x"), "cannot be read"),
    ],
)  # fmt: skip
def test_vtp_files_that_are_none(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = VTP.format(points=POINTS, corners=CORNERS, ends="4 8 12 16 20 24")
    assert change[0] in text
    (tmp_path / "bad.vtp").write_text(text.replace(*change))
    with pytest.raises(GeometryError, match=says):
        load_mesh(tmp_path / "bad.vtp", scale_to_um=1.0)


def test_gmsh_groups_of_what_is_saved_have_the_names_of_regions(tmp_path: Path) -> None:
    mesh = box((1.0, 1.0, 1.0)).with_region('a "b"  c', Height(low=0.4))
    save_mesh(mesh, tmp_path / "box.msh")
    assert load_mesh(tmp_path / "box.msh", scale_to_um=1.0, regions="groups").area("a 'b' c") == pytest.approx(1.0)
    assert load_mesh(tmp_path / "box.msh", scale_to_um=1.0).area('a "b"  c') == pytest.approx(1.0)
