"""The actions of the climate plan: title, what is measured, the result, and how far it has come."""

STATES = {"d": "Achevée", "o": "En cours", "t": "À engager"}

ACTIONS: dict[str, list[tuple[str, str, str, str]]] = {
    "Bâtiments et habitat": [
        ("Guichet de la rénovation", "Conseils donnés", "1 930", "d"),
        ("Audit de tous les bâtiments communautaires", "Bâtiments audités", "58 sur 58", "d"),
        ("Extinction nocturne de l’éclairage public", "Communes engagées", "36 sur 38", "d"),
        ("Aide aux logements très dégradés", "Logements rénovés", "412", "o"),
        ("Rénovation des gymnases", "Gymnases achevés", "2 sur 5", "o"),
        ("Isolation des écoles avec les communes", "Écoles rénovées", "9 sur 24", "o"),
        ("Formation des artisans à la paille et au chanvre", "Artisans formés", "37", "o"),
        ("Suivi des consommations en direct", "Compteurs reliés", "121", "o"),
        ("Accompagnement des copropriétés", "Copropriétés suivies", "4", "o"),
        ("Prêt de caméras thermiques", "Prêts par hiver", "–", "t"),
    ],
    "Mobilités": [
        ("Plan de mobilité simplifié", "Document approuvé", "Oui", "d"),
        ("Lignes de covoiturage", "Trajets par an", "11 400", "o"),
        ("Transport à la demande", "Passagers par course", "1,3", "o"),
        ("Location de vélos à assistance électrique", "Vélos en location", "85", "o"),
        ("Voie verte Parthenay – Secondigny", "Kilomètres ouverts", "6,8 sur 14", "o"),
        ("Bornes de recharge", "Points ouverts", "44", "o"),
        ("Stationnement des vélos aux arrêts de car", "Arrêts équipés", "–", "t"),
        ("Plans de mobilité des entreprises", "Entreprises suivies", "–", "t"),
        ("Apprentissage du vélo à l’école", "Classes par an", "–", "t"),
        ("Logistique des derniers kilomètres", "Étude rendue", "–", "t"),
    ],
    "Agriculture, bocage et alimentation": [
        ("Filière de bois bocager", "Tonnes livrées par an", "1 850", "d"),
        ("Projet alimentaire de territoire", "Signataires", "46", "d"),
        ("Plantation de haies", "Kilomètres en trois ans", "58", "o"),
        ("Label haies", "Exploitations engagées", "57", "o"),
        ("Produits locaux dans les cantines", "Part des achats", "38 %", "o"),
        ("Transmission des fermes", "Fermes accompagnées", "21", "o"),
        ("Prairies et stockage du carbone", "Hectares suivis", "1 240", "o"),
        ("Lutte contre le gaspillage en restauration", "Cantines engagées", "–", "t"),
        ("Abattoir mobile", "Étude rendue", "–", "t"),
    ],
    "Énergies renouvelables": [
        ("Réseau de chaleur au bois de Parthenay", "Logements reliés", "640", "d"),
        ("Cadastre solaire", "Consultations par an", "5 200", "d"),
        ("Toitures solaires publiques", "Puissance posée (kW)", "870", "o"),
        ("Parc éolien citoyen", "Habitants au capital", "318", "o"),
        ("Méthanisation agricole", "Unités en service", "3", "o"),
        ("Boucle d’autoconsommation des bâtiments publics", "Sites reliés", "17", "o"),
        ("Géothermie de la piscine", "Étude rendue", "–", "t"),
    ],
    "Eau et adaptation": [
        ("Plan de sobriété des bâtiments publics", "Économie d’eau", "14 %", "d"),
        ("Désimperméabilisation des cours d’école", "Cours refaites", "5 sur 12", "o"),
        ("Restauration des zones humides", "Hectares restaurés", "23", "o"),
        ("Plan canicule intercommunal", "Communes couvertes", "–", "t"),
        ("Récupération de l’eau de pluie des ateliers", "Cuves posées", "–", "t"),
        ("Arbres d’ombre dans les bourgs", "Arbres plantés", "–", "t"),
    ],
}
