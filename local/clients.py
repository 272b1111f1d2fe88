"""The rows of company.yaml as cases in the shape of the sample cases: invented clients with a RUC, an address, a work order, papers."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import yaml
from panama_ruc_dv_calculator.ruc_juridica import RucJuridica
from panama_ruc_dv_calculator.ruc_natural import RucNatural

from local.cases import Case
from local.tables import ROOT, process_table

Json = dict[str, Any]

_CALCULATORS = {"juridica": RucJuridica, "natural": RucNatural}


def company_table() -> Json:
    """company.yaml, as plain YAML."""
    table: Json = yaml.safe_load((ROOT / "local" / "company.yaml").read_text(encoding="utf-8"))
    return table


def case_of(row: Json, order: str, starts_on: date) -> Case:
    """A row of company.yaml in the shape of a sample case. order: number of its work order; starts_on: the wished start."""
    table, company = company_table(), process_table("company")
    defaults = table["defaults"]
    kind, address = row.get("kind", defaults["kind"]), _address(row["address"])
    head = row["representative"]
    person = {
        "nombre": head["name"],
        "doc_tipo": "cedula",
        "doc_numero": head["id"],
        "cargo": head.get("position", "Representante legal"),
        "nacionalidad": defaults["nationality"],
    }
    return {
        "id": row["trade_name"],
        "vendedora": f"{row['vendedora']}@{company['domain']}",
        "cliente": _client(row, kind, address),
        "representante_legal": person,
        "accionistas": [{**person, "porcentaje": "100.00"}] if kind == defaults["kind"] else [],
        "orden_trabajo": _order(row, order, starts_on, address),
        "documentos": _papers(row, kind, head["name"]),
    }


def numbered(row: Json, number: int, nth: int = 1) -> Json:
    """A row that is a template, with its number, and ` 2`, ` 3`… from the second client on."""
    said = {"number": number, "nth": f" {nth}" if nth > 1 else ""}
    return {key: value.format(**said) if isinstance(value, str) else value for key, value in row.items()}


def _address(parts: list[str]) -> Json:
    return {**dict(zip(("provincia", "distrito", "corregimiento", "linea"), parts, strict=True)), "referencia": ""}


def _client(row: Json, kind: str, address: Json) -> Json:
    ruc = row["ruc"]
    return {
        "tipo_persona": kind,
        "razon_social": row["legal_name"],
        "nombre_comercial": row["trade_name"],
        "ruc": ruc,
        "dv": check_digits(ruc, kind),
        "actividad": row["activity"],
        "aviso_operacion": f"{ruc}-2024-000001",
        "folio_registro_publico": ruc.partition("-")[0] if kind == "juridica" else None,
        "correo": row["email"],
        "telefono": row["phone"],
        "direccion": address,
    }


def check_digits(ruc: str, kind: str = "juridica") -> str:
    """The DV that belongs to a RUC."""
    return str(_CALCULATORS[kind](ruc).dv).zfill(2)


def wrong_digits(right: str) -> str:
    """Another DV, as a person mistypes it: the last digit is the next one."""
    return right[0] + str((int(right[1]) + 1) % 10)


def _order(row: Json, order: str, starts_on: date, address: Json) -> Json:
    defaults = company_table()["defaults"]
    point, services = {**defaults["point"], **row["point"]}, row.get("services", defaults["services"])
    exchange, processing, special = defaults["exchange"], defaults["processing"], row.get("special")
    contact = row["contact"]
    return {
        "numero": order,
        "servicios": services,
        "inicio_deseado": starts_on.isoformat(),
        "puntos": [
            {
                "codigo": "P01",
                "nombre": point["name"],
                "direccion": address,
                "contacto": {
                    "nombre": contact["name"],
                    "cargo": contact["position"],
                    "telefono": contact["phone"],
                    "correo": row["email"],
                },
                "frecuencia": {
                    "dias": point["days"],
                    "ventana_desde": point["window"][0],
                    "ventana_hasta": point["window"][1],
                    "feriados": False,
                },
                "valor_promedio_usd": point["mean"],
                "valor_maximo_asegurado_usd": point["insured"],
                "tipos_valor": point["value_kinds"],
                "insumos_mensuales": point["supplies"],
                "observaciones": "",
            }
        ],
        "cambio": {
            "requiere": "entrega_cambio" in services,
            "monto_semanal_usd": exchange["amount"],
            "denominaciones": {"monedas": exchange["coins"], "billetes": exchange["notes"]},
        },
        "procesamiento": {
            "requiere": "procesamiento" in services,
            "banco_destino": processing["bank"],
            "cuenta_terminada_en": processing["ending"],
            "acreditacion": processing["crediting"],
        },
        "servicio_especial": {"descripcion": special["description"], "equipo": special["equipment"]} if special else None,
        "condiciones": "",
    }


def _papers(row: Json, kind: str, person: str) -> list[Json]:
    labels = {key: paper["label"] for key, paper in process_table("documents")["documents"].items()}
    return [
        {
            "tipo": paper,
            "persona": person if paper.startswith("cedula_accionista") else "",
            "archivo": f"{labels[paper]} - {row['trade_name']}.pdf",
        }
        for paper in company_table()["defaults"]["papers"][kind]
    ]


def with_wrong_dv(case: Case) -> Case:
    """The same case with a DV that does not belong to its RUC."""
    wrong = copy.deepcopy(case)
    wrong["cliente"]["dv"] = wrong_digits(case["cliente"]["dv"])
    return wrong
